import { compile, RefusedDeviceRecord } from '@swipegate/contract';
import fc from 'fast-check';
import Fastify, { type FastifyRequest } from 'fastify';
import t from 'tap';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { RecordingSink } from '../../test/test-app.js';
import { toldText } from '../contacts.js';
import { MOST_A_MINUTE, MOST_OF_ADDRESS, RefusedDevices } from '../refused-devices.js';

const isRefusedDevice = compile(RefusedDeviceRecord);
const metrics = new GatewayMetrics();
const requests = await requestsFrom(['192.0.2.1', '::ffff:192.0.2.2', '2001:db8::1', '192.0.2.3']);

t.test('a flood of made-up serial numbers is bounded by the minute, in all and by address', async (t) => {
  const call = fc.record({
    from: fc.nat({ max: requests.length - 1 }),
    serial: fc.oneof(fc.constantFrom('A', 'B'), fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/)),
    model: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    pauseMs: fc.oneof(fc.constant(0), fc.nat({ max: 5_000 })),
  });
  fc.assert(
    fc.property(fc.array(call, { minLength: 100, maxLength: 200 }), (calls) => {
      const sink = new RecordingSink();
      let nowMs = 0;
      const puts: { atMs: number; address: unknown; serial: unknown }[] = [];
      const refused = new RefusedDevices({ tenantId: 'acme', sink, metrics, now: () => nowMs });
      for (const { from, pauseMs, ...told } of calls) {
        nowMs += pauseMs;
        const request = requests[from];
        if (request !== undefined) refused.note(request, { make: 'zkteco', ...told });
        for (const { record } of sink.puts.splice(0)) {
          if (!isRefusedDevice(record)) throw new TypeError('decide could not read the record');
          puts.push({ atMs: nowMs, address: record.address, serial: record.serial });
        }
      }
      return puts.every(({ atMs, address, serial }, i) => {
        const before = puts.slice(0, i).filter((put) => put.serial === serial && atMs - put.atMs < 60_000);
        // Two minutes of the count may touch within one of the clock.
        const near = puts.filter((put) => Math.abs(put.atMs - atMs) < 30_000);
        const ofAddress = near.filter((put) => put.address === address);
        return before.length === 0 && near.length <= 2 * MOST_A_MINUTE && ofAddress.length <= 2 * MOST_OF_ADDRESS;
      });
    }),
  );
  const sink = new RecordingSink();
  const refused = new RefusedDevices({ tenantId: 'acme', sink, metrics, now: () => 0 });
  const [flooder, , , honest] = requests;
  if (flooder === undefined || honest === undefined) throw new TypeError('no request');
  for (let n = 0; n < 500; n++) refused.note(flooder, { make: 'zkteco', serial: `X${n}` });
  t.equal(sink.puts.length, MOST_OF_ADDRESS);
  refused.note(honest, { make: 'zkteco', serial: 'REAL1', model: 'time clock' });
  t.match(sink.puts.at(-1)?.record, { serial: 'REAL1', address: '192.0.2.3', model: 'time clock' });
});

t.test('a device’s text about itself is printable and short', async (t) => {
  t.equal(toldText(' F20/M\u0000\u202e\t x '), 'F20/M x');
  t.equal(toldText('\u4e2d\u6587'), undefined);
  t.equal(toldText('x'.repeat(1_000))?.length, 64);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[ -~]{1,64}$/.test(toldText(text) ?? 'none')));
});

/** Requests as they come from some addresses. */
async function requestsFrom(addresses: readonly string[]): Promise<FastifyRequest[]> {
  const app = Fastify();
  const found: FastifyRequest[] = [];
  app.get('/', async (request) => void found.push(request));
  for (const remoteAddress of addresses) await app.inject({ url: '/', remoteAddress });
  await app.close();
  return found;
}
