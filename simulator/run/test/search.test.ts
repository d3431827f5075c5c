import fc from 'fast-check';
import t from 'tap';
import type { Probe, RunResult } from '../../report/result/run-result.js';
import { sampleRun } from '../../report/test/sample-run.js';
import { findHighestRate } from '../search.js';

const never = new AbortController().signal;
const good = sampleRun({ seconds: 2 }, { invalidBecause: [], valid: true, thresholds: [], examples: [] });
const soundCounts = { ...good.counts, due: 100, accepted: 100, refused: 0, unanswered: 0 };
const noFaults = { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 };

function runOf(rate: number, change: Partial<RunResult> = {}): RunResult {
  return { ...good, rate, counts: soundCounts, faults: noFaults, ...change };
}

/** Searches the limit of a gateway that holds every rate up to `limit`. */
function search(
  limit: number,
  options: { from: number; most: number; within: number },
  noise: () => boolean = () => false,
) {
  const seen: Probe[] = [];
  return findHighestRate({
    search: { ...options, probe: '1s' },
    probe: async (rate) => {
      if (rate <= limit && !noise()) return runOf(rate);
      return runOf(rate, { thresholds: [{ expression: 'ack.p99<1ms', actual: 2, ok: false }] });
    },
    onProbe: (probe) => seen.push(probe),
    signal: never,
  }).then(({ result, probes }) => ({ result, probes, seen }));
}

t.test('finds the highest rate that holds, to the requested precision', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 20, max: 40_000 }), fc.integer({ min: 1, max: 5_000 }), async (limit, from) => {
      const { result, probes } = await search(limit, { from, most: 100_000, within: 0.1 });
      // Rates have three significant digits.
      return result.rate <= limit && result.rate >= (limit * 0.99) / 1.1 && probes.length < 60;
    }),
  );
  t.pass();
});

t.test('tries no rate above `most`, and returns `most` if it holds', async (t) => {
  const { result, seen } = await search(1e9, { from: 100, most: 1_500, within: 0.1 });
  t.equal(result.rate, 1_500);
  t.same(
    seen.map(({ rate }) => rate),
    [100, 200, 400, 800, 1_500],
  );
});

t.test('a rate fails only after two failed attempts', async (t) => {
  let runs = 0;
  const { result, probes } = await search(1_000, { from: 400, most: 10_000, within: 0.5 }, () => ++runs % 2 === 1);
  t.ok(result.rate >= 800);
  t.ok(probes.some(({ ok, because }) => !ok && because.includes('ack.p99<1ms is 2')));
});

t.test('ends if no rate holds', async (t) => {
  const { probes, result } = await search(0, { from: 1_000, most: 10_000, within: 0.1 });
  t.ok(probes.every(({ ok }) => !ok));
  t.ok(probes.length <= 10);
  t.ok(result.rate < 1_000);
});

t.test('reports why a rate did not hold', async (t) => {
  const reasons: [change: Partial<RunResult>, because: RegExp][] = [
    [{ faults: { ...noFaults, lost: 2 } }, /^2 lost$/],
    [{ counts: { ...soundCounts, refused: 1 } }, /^1 refused$/],
    [{ counts: { ...soundCounts, unanswered: 3 } }, /^3 never answered$/],
    [{ counts: { ...soundCounts, accepted: 90 } }, /^only 90 of 100 due swipes were accepted$/],
    [{ attacks: { replayed: { sent: 5, repelled: 4 } } }, /^1 hostile posts \(replayed\) came through$/],
    [{ invalidBecause: ['late'] }, /^late$/],
    [{ thresholds: [{ expression: 'decision.p99<1s', actual: null, ok: false }] }, /^decision.p99<1s is not measured$/],
  ];
  for (const [change, because] of reasons) {
    const probes: Probe[] = [];
    await findHighestRate({
      search: { from: 1, most: 1, within: 1, probe: '1s' },
      probe: async (rate) => runOf(rate, probes.length === 0 ? change : {}),
      onProbe: (probe) => probes.push(probe),
      signal: never,
    });
    t.match(probes[0]?.because, [because]);
  }
});

t.test('when stopped, returns what it has', async (t) => {
  const stopping = new AbortController();
  let runs = 0;
  const { result, probes } = await findHighestRate({
    search: { from: 100, most: 10_000, within: 0.1, probe: '1s' },
    probe: async (rate) => {
      if (++runs === 3) stopping.abort();
      return runOf(rate);
    },
    onProbe: () => undefined,
    signal: stopping.signal,
  });
  t.equal(result.rate, 200);
  t.equal(probes.length, 2, 'an aborted run does not count');
});
