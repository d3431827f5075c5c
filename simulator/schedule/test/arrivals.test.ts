import { seededRandom } from '@swipegate/contract/values/random';
import { durationMs, parseDuration } from '@swipegate/terminal/duration';
import t from 'tap';
import { type ArrivalOptions, Arrivals } from '../arrivals.js';
import { ratePlan } from '../rate-plan.js';

function arrivals(options: Partial<ArrivalOptions>): number[] {
  const schedule = new Arrivals({
    rateAt: () => 100,
    fromMs: 0,
    untilMs: 60_000,
    process: 'poisson',
    random: seededRandom(7),
    ...options,
  });
  const due: number[] = [];
  for (let at = schedule.next(); at !== undefined; at = schedule.next()) due.push(at);
  return due;
}

t.test('Poisson: gaps are exponential, at the requested rate', async (t) => {
  const due = arrivals({ rateAt: () => 1_000 });
  const gaps = due.slice(1).map((at, i) => at - (due[i] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  t.ok(Math.abs(mean - 1) < 0.02, `mean gap ${mean} ms`);
  t.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.03, 'the deviation is the mean');
  t.ok(gaps.every((gap) => gap > 0));
});

t.test('even: equal gaps', async (t) => {
  const due = arrivals({ process: 'even' });
  t.equal(due.length, 5_999);
  t.ok(due.every((at, i) => Math.abs(at - 10 * (i + 1)) < 1e-6));
});

t.test('a changing rate: as many arrivals as its integral, and none while it is 0', async (t) => {
  const due = arrivals({ rateAt: (atMs) => (atMs < 20_000 ? 500 : atMs < 40_000 ? 0 : 50), process: 'even' });
  const between = (from: number, to: number) => due.filter((at) => at >= from && at < to).length;
  t.ok(Math.abs(between(0, 20_000) - 10_000) <= 1);
  t.equal(between(20_001, 40_000), 0);
  t.ok(Math.abs(between(40_000, 60_000) - 1_000) <= 1);
});

t.test('without an end, arrivals go on', async (t) => {
  const schedule = new Arrivals({
    rateAt: () => 1,
    fromMs: 0,
    untilMs: undefined,
    process: 'even',
    random: Math.random,
  });
  for (let i = 0; i < 1_000; i++) schedule.next();
  t.equal(Math.round(schedule.next() ?? 0), 1_001_000);
});

t.test('a rate plan rises in the warm-up, then follows the profile', async (t) => {
  const profile = [
    { at: 0, value: 0.5 },
    { at: 0.5, value: 2 },
    { at: 1, value: 0 },
  ];
  const rateAt = ratePlan(100, profile, { warmUpMs: 10_000, durationMs: 100_000 });
  t.equal(rateAt(-10_000), 2.5);
  t.equal(rateAt(-5_000), 25);
  t.equal(rateAt(0), 50);
  t.equal(rateAt(25_000), 125);
  t.equal(rateAt(50_000), 200);
  t.equal(rateAt(75_000), 100);
  t.equal(rateAt(200_000), 0, 'constant after the end');
  const level = ratePlan(100, [{ at: 0, value: 1 }], { warmUpMs: 30_000, durationMs: undefined });
  const due = arrivals({ rateAt: level, fromMs: -30_000, untilMs: 0 });
  const half = due.filter((at) => at < -15_000).length / due.length;
  t.ok(half > 0.2 && half < 0.3, `a quarter arrives in the first half of a linear ramp: ${half}`);
});

t.test('durations', async (t) => {
  t.equal(parseDuration('20s'), 20_000);
  t.equal(parseDuration('1.5m'), 90_000);
  t.equal(durationMs('2h'), 7_200_000);
  for (const wrong of ['', '20', '20 s', '-1s', '0s', '1d', '600h', 's']) {
    t.equal(parseDuration(wrong), undefined, wrong);
    t.throws(() => durationMs(wrong), RangeError);
  }
});
