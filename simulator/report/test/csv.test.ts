import fc from 'fast-check';
import t from 'tap';
import { csvOf } from '../exports.js';
import type { Second } from '../result/run-result.js';

const count = fc.nat();
const ms = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }), { nil: null });

const second: fc.Arbitrary<Second> = fc.record({
  atSecond: fc.integer({ min: -600, max: 90_000 }),
  due: count,
  sent: count,
  accepted: count,
  decided: count,
  errors: count,
  inFlight: count,
  ackP50: ms,
  ackP99: ms,
  decisionP50: ms,
  decisionP99: ms,
});

t.test('writes CSV as in RFC 4180', async (t) => {
  const one = { atSecond: -1, due: 2, sent: 2, accepted: 1, decided: 0, errors: 1, inFlight: 2 };
  t.equal(
    csvOf({ seconds: [{ ...one, ackP50: 1.25, ackP99: 20, decisionP50: null, decisionP99: null }] }),
    'at_second,due,sent,accepted,decided,errors,in_flight,ack_p50_ms,ack_p99_ms,decision_p50_ms,decision_p99_ms\r\n-1,2,2,1,0,1,2,1.25,20,,\r\n',
  );
  t.equal(csvOf({ seconds: [] }).split('\r\n').length, 2, 'a header without rows');
});

t.test('every figure survives the round trip', async (t) => {
  fc.assert(
    fc.property(fc.array(second), (seconds) => {
      const [, ...rows] = csvOf({ seconds }).split('\r\n').slice(0, -1);
      const back = rows.map((row) => row.split(',').map((cell) => (cell === '' ? null : Number(cell))));
      const wanted = seconds.map((s) => [
        ...[s.atSecond, s.due, s.sent, s.accepted, s.decided, s.errors, s.inFlight],
        ...[s.ackP50, s.ackP99, s.decisionP50, s.decisionP99],
      ]);
      // CSV loses the sign of 0, which has no meaning.
      return JSON.stringify(back) === JSON.stringify(wanted);
    }),
  );
  t.pass();
});
