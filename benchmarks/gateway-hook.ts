/**
 * Cost of a reader that calls the hook of the device port, beside one that posts to the API and waits: CPU time per
 * swipe of the whole gateway process, in which both end durable and decided.
 *
 *     node benchmarks/dist/gateway-hook.js [--json] [--seconds=4] [--rounds=5]
 */
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { closedLoop } from './load/closed-loop.js';
import { hookRequests, waitingRequests } from './load/swipe-bodies.js';
import { median, printJson, printLines, row } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { startGatewayProcess } from './stand-ins/gateway-process.js';

const CONNECTIONS = 400;
/** Typical duration of PutRecords within a region, ms. */
const KINESIS_MS = 10;
/** A swipe lasts as long as the way to the decision. The way differs by machine, but not by side. */
const POLL_MS = 20;
const SHARDS = 4;
const FIRST_AMOUNT = 4_000;
const WARM_UP = 3;
/** Highest cost of the hook, as a multiple of the API's. */
const MOST = 1.3;

const values = readOptions(BENCHMARKS['gateway-hook']);
const roster = new ChildRoster();
try {
  const gateway = await startGatewayProcess(
    roster,
    { streams: { swipes: SHARDS, decisions: 1 }, delayMs: KINESIS_MS, grants: true },
    { DEVICE_PORT: '0', DECISIONS_POLL_MS: String(POLL_MS) },
  );
  const { keys, url, deviceUrl } = gateway;
  const sides = [
    { name: 'hook', url: deviceUrl, make: hookRequests, micros: [] as number[] },
    { name: 'API, Prefer: wait', url, make: waitingRequests, micros: [] as number[] },
  ];
  let amount = FIRST_AMOUNT;
  for (let round = -WARM_UP; round < values.rounds; round++) {
    for (const { url, make, micros, name } of round % 2 === 0 ? sides : sides.toReversed()) {
      const requests = make(keys, Math.ceil(amount / CONNECTIONS) * CONNECTIONS);
      const before = await gateway.usage();
      const measured = await roster.guard(closedLoop({ url, connections: CONNECTIONS, requests }));
      const after = await gateway.usage();
      const granted = measured.statuses.get(200) ?? 0;
      if (granted !== measured.requests) {
        throw new Error(
          `${name}: ${granted} of ${measured.requests} swipes were granted; the others: ${[...measured.statuses]}`,
        );
      }
      if (round >= 0) micros.push(((after.cpuSeconds - before.cpuSeconds) / measured.requests) * 1e6);
      else amount = Math.ceil((measured.requests / measured.seconds) * values.seconds);
    }
  }
  const [hook, api] = sides.map(({ micros }) => median(micros));
  if (hook === undefined || api === undefined) throw new Error('Nothing was measured');
  printLines(
    `gateway-hook: one swipe per request, decided; ${CONNECTIONS} connections, Kinesis answering in ${KINESIS_MS} ms`,
    'CPU time of the gateway with all its threads',
    ...sides.map(({ name, micros }) => row(name, micros, 'µs/swipe')),
    `  ratio ${(api / hook).toFixed(2)} (required: ${(1 / MOST).toFixed(2)}; 1 is as cheap as the API)`,
  );
  if (values.json) {
    printJson({ name: 'gateway-hook', unit: 'CPU µs/swipe', ours: hook, baseline: api, ratio: api / hook });
  }
} finally {
  await roster.killAll();
}
