import t from 'tap';
import { arrive } from '../arrivals.js';
import { parseDuration } from '../duration.js';
import { seededRandom } from '../random.js';

/** Lets people arrive until `count` have come, and returns when each was due, ms after the first call. */
async function arrivals(count: number, ratePerSecond: number, rampUpMs = 0): Promise<number[]> {
  const stopping = new AbortController();
  const due: number[] = [];
  const startedMs = performance.now();
  await arrive({
    ratePerSecond,
    rampUpMs,
    random: seededRandom(7),
    signal: stopping.signal,
    onArrival: (dueMs) => {
      due.push(dueMs - startedMs);
      if (due.length === count) stopping.abort();
    },
  });
  return due;
}

t.test('Poisson arrivals at the rate asked for', async (t) => {
  // At so high a rate nobody is waited for: what is tested is the schedule, not the machine.
  const due = await arrivals(20_000, 1_000_000);
  const gaps = due.slice(1).map((at, i) => at - (due[i] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  t.ok(Math.abs(mean - 0.001) < 0.000_05, `mean gap ${mean} ms`);
  t.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.05, 'exponential: the deviation is the mean');
  t.ok(gaps.every((gap) => gap > 0));
});

t.test('an arrival that was noticed late keeps the moment at which it was due', async (t) => {
  const stopping = new AbortController();
  let lateBy = 0;
  let count = 0;
  const { worstDelayMs } = await arrive({
    ratePerSecond: 1_000,
    rampUpMs: 0,
    random: seededRandom(1),
    signal: stopping.signal,
    onArrival: (dueMs) => {
      count += 1;
      lateBy = Math.max(lateBy, performance.now() - dueMs);
      const until = performance.now() + 50;
      // Somebody blocks the process: the schedule must not wait for it.
      if (count === 1) while (performance.now() < until);
      if (count === 40) stopping.abort();
    },
  });
  t.ok(lateBy >= 20, `${lateBy} ms late`);
  t.ok(worstDelayMs >= 20, 'and the generator says so');
});

t.test('a ramp begins slowly', async (t) => {
  const due = await arrivals(2_000, 100_000, 30);
  const before = (ms: number) => due.filter((at) => at < ms).length;
  // A linear ramp lets a quarter of its arrivals come in its first half.
  const share = before(15) / before(30);
  t.ok(share > 0.15 && share < 0.4, `${share} in the first half`);
});

t.test('durations', async (t) => {
  t.equal(parseDuration('20s'), 20_000);
  t.equal(parseDuration('1.5m'), 90_000);
  t.equal(parseDuration('2h'), 7_200_000);
  for (const wrong of ['', '20', '20 s', '-1s', '0s', '1d', '600h', 's'])
    t.equal(parseDuration(wrong), undefined, wrong);
});
