import fc from 'fast-check';
import t from 'tap';
import { samplesOf } from '../../metrics/scrape.js';
import { Readings } from '../readings.js';

const readings = (keepMs = 60_000) => new Readings({ keepMs, isWanted: () => true });
const add = (to: Readings, atMs: number, ...lines: string[]) => to.add(atMs, samplesOf(lines.join('\n')));
const window = { fromMs: 1_000, toMs: 3_000 };

t.test('increase of a counter in a window', async (t) => {
  const it = readings();
  add(it, 1_000, 'swipes_total 10');
  add(it, 2_000, 'swipes_total 14');
  add(it, 3_000, 'swipes_total 20');
  t.equal(it.increase('swipes_total', {}, window), 10);
  t.equal(it.increase('swipes_total', {}, { fromMs: 2_000, toMs: 3_000 }), 6);
  t.equal(it.spanMs(window), 2_000);
  t.equal(it.increase('other_total', {}, window), 0, 'a counter that counted nothing yet');
});

t.test('one reading gives no increase; the value of the first reading does not count', async (t) => {
  const it = readings();
  t.equal(it.increase('swipes_total', {}, window), null);
  add(it, 1_000, 'swipes_total 1000');
  t.equal(it.increase('swipes_total', {}, window), null);
  add(it, 2_000, 'swipes_total 1001');
  t.equal(it.increase('swipes_total', {}, { fromMs: -60_000, toMs: 2_000 }), 1);
});

t.test('a restarted process counts from 0; a process that is gone gives null', async (t) => {
  const it = readings();
  add(it, 1_000, 'swipes_total 1000', 'other 1');
  add(it, 2_000, 'swipes_total 7', 'other 1');
  t.equal(it.increase('swipes_total', {}, { fromMs: 1_000, toMs: 2_000 }), 7);
  add(it, 3_000, 'other 1');
  t.equal(it.increase('swipes_total', {}, { fromMs: 2_000, toMs: 3_000 }), null);
  add(it, 4_000);
  t.equal(it.increase('never_total', {}, { fromMs: 3_000, toMs: 4_000 }), null, 'no process reported anything');
});

t.test('increase by label: one, all, and a new one', async (t) => {
  const it = readings();
  add(it, 1_000, 'decisions_total{outcome="granted",reason="granted"} 5');
  add(
    it,
    3_000,
    'decisions_total{outcome="granted",reason="granted"} 8',
    'decisions_total{outcome="denied",reason="denied-lockout"} 2',
  );
  t.equal(it.increase('decisions_total', { outcome: 'denied' }, window), 2);
  t.equal(it.increase('decisions_total', { outcome: 'recorded' }, window), 0);
  t.same(it.increaseBy('decisions_total', 'reason', window), { granted: 3, 'denied-lockout': 2 });
});

t.test('a gauge is summed over its processes; the highest sum counts', async (t) => {
  const it = readings();
  add(it, 1_000, 'waiting 900');
  add(it, 2_000, 'waiting{worker="0"} 3', 'waiting{worker="1"} 4');
  add(it, 3_000, 'waiting{worker="0"} 5', 'waiting{worker="1"} 1');
  t.equal(it.highest('waiting', window), 7, 'values before the window do not count');
  t.equal(it.highest('other', window), null);
});

t.test('quantile of a histogram counts only observations in the window', async (t) => {
  const it = readings();
  const bucket = (le: string, n: number) => `ack_seconds_bucket{le="${le}"} ${n}`;
  add(it, 1_000, bucket('0.01', 100), bucket('0.1', 100), bucket('+Inf', 100));
  add(it, 3_000, bucket('0.01', 100), bucket('0.1', 110), bucket('+Inf', 110));
  const p50 = it.quantileMs('ack_seconds', 0.5, window) ?? 0;
  t.ok(p50 > 10 && p50 <= 100, 'the hundred fast ones came before the window');
  t.equal(it.quantileMs('other_seconds', 0.5, window), null);
});

t.test('increases of adjacent windows always add up', async (t) => {
  const rises = fc.array(fc.nat(1_000), { minLength: 3, maxLength: 50 });
  fc.assert(
    fc.property(rises, fc.nat(), (steps, cut) => {
      const it = readings(1e9);
      let total = 0;
      steps.forEach((step, i) => {
        total += step;
        add(it, i * 1_000, `n_total ${total}`);
      });
      const last = (steps.length - 1) * 1_000;
      const middle = (1 + (cut % (steps.length - 2))) * 1_000;
      const rise = (fromMs: number, toMs: number) => it.increase('n_total', {}, { fromMs, toMs }) ?? Number.NaN;
      return rise(0, middle) + rise(middle, last) === rise(0, last);
    }),
  );
  t.pass();
});

t.test('old readings are dropped', async (t) => {
  const it = readings(2_000);
  for (let i = 0; i < 10; i++) add(it, i * 1_000, `n_total ${i}`);
  t.equal(it.increase('n_total', {}, { fromMs: 0, toMs: 9_000 }), 2);
});
