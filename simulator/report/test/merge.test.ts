import fc from 'fast-check';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import t from 'tap';
import { latencyHistogram, latencyResultOf } from '../result/latency.js';
import { type JudgeThreshold, mergeResults } from '../result/merge.js';
import type { LatencyResult, RunResult } from '../result/run-result.js';
import { emptyRun, sampleRun } from './sample-run.js';

const judge: JudgeThreshold = (expression, { faults }) => ({ expression, actual: faults.lost, ok: faults.lost === 0 });
const lossless = [{ expression: 'lost==0', actual: 0, ok: true }];

function shard(i: number, n: number, change: Partial<RunResult> = {}): RunResult {
  return sampleRun({ seconds: 4, readers: 4 }, { shard: `${i}/${n}`, thresholds: lossless, ...change });
}

function latencyOf(valuesUs: readonly number[]): LatencyResult {
  const histogram = latencyHistogram();
  for (const value of valuesUs) histogram.recordValue(value);
  return latencyResultOf(histogram);
}

t.test('merged latencies equal exactly those of one simulator that measured everything', async (t) => {
  const latency = fc.integer({ min: 1, max: 3_600_000_000 });
  fc.assert(
    fc.property(fc.array(fc.array(latency, { maxLength: 50 }), { minLength: 1, maxLength: 4 }), (parts) => {
      const results = parts.map((values, i) => {
        const result = latencyOf(values);
        const two = { fromDue: result, fromSend: result };
        return emptyRun({ shard: `${i + 1}/${parts.length}`, ack: two, decision: two });
      });
      const merged = mergeResults(results, judge);
      t.strictSame(merged.ack.fromDue, latencyOf(parts.flat()));
      t.strictSame(merged.decision.fromSend, latencyOf(parts.flat()));
    }),
    { numRuns: 30 },
  );
});

t.test('merged counts equal those of the whole run, for any order of parts', async (t) => {
  // A swipe as one simulator would count it, and the shard that made it.
  const swipe = fc.record({
    shard: fc.nat(2),
    atSecond: fc.integer({ min: -2, max: 5 }),
    reason: fc.constantFrom('granted', 'duress', '__proto__', 'constructor'),
    lost: fc.boolean(),
  });
  const counted = (swipes: readonly { atSecond: number; reason: string; lost: boolean }[], name: string): RunResult => {
    const reasons = new Map<string, number>();
    const seconds = new Map<number, number>();
    for (const { reason, atSecond } of swipes) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      seconds.set(atSecond, (seconds.get(atSecond) ?? 0) + 1);
    }
    const lost = swipes.filter((one) => one.lost).length;
    const n = swipes.length;
    return emptyRun({
      shard: name,
      // A run without swipes is not good either.
      ok: lost === 0 && n > 0,
      counts: { due: n, skipped: 0, sent: n, accepted: n, decided: n - lost, refused: 0, unanswered: 0, retries: n },
      faults: { lost, duplicated: 0, wrong: 0, changed: 0, reordered: 0 },
      outcomes: {
        granted: Object.fromEntries(Array.from(reasons).sort(([a], [b]) => (a < b ? -1 : 1))),
        denied: {},
        recorded: {},
      },
      seconds: Array.from(seconds, ([atSecond, n]) => ({
        ...{ atSecond, due: n, sent: n, accepted: n, decided: n, errors: 0, inFlight: n },
        ...{ ackP50: null, ackP99: null, decisionP50: null, decisionP99: null },
      })).sort((a, b) => a.atSecond - b.atSecond),
      thresholds: [{ expression: 'lost==0', actual: lost, ok: lost === 0 }],
    });
  };
  fc.assert(
    fc.property(fc.array(swipe), (swipes) => {
      const parts = [0, 1, 2].map((i) =>
        counted(
          swipes.filter(({ shard }) => shard === i),
          `${i + 1}/3`,
        ),
      );
      const whole = { ...counted(swipes, 'merged'), rate: 3 * emptyRun().rate };
      t.strictSame(mergeResults(parts, judge), whole);
      t.strictSame(mergeResults(parts.toReversed(), judge), whole);
    }),
    { numRuns: 50 },
  );
});

t.test('seconds are aligned by number; percentiles are the worst of the parts', async (t) => {
  const [a, b] = [shard(1, 2), shard(2, 2)];
  const second = {
    due: 1,
    sent: 1,
    accepted: 1,
    decided: 1,
    errors: 0,
    inFlight: 0,
    decisionP50: null,
    decisionP99: null,
  };
  a.seconds = [
    { ...second, atSecond: 3, ackP50: 5, ackP99: 9 },
    { ...second, atSecond: 4, ackP50: 1, ackP99: 2 },
  ];
  b.seconds = [
    { ...second, atSecond: 3, ackP50: 4, ackP99: 30 },
    { ...second, atSecond: 1, ackP50: null, ackP99: null },
  ];
  a.perReader = [{ readerId: 'x', swipes: 2, denied: 1, errors: 0, ackP99: null }];
  b.perReader = [
    { readerId: 'x', swipes: 1, denied: 0, errors: 1, ackP99: 7 },
    { readerId: 'a', swipes: 1, denied: 0, errors: 0, ackP99: 1 },
  ];
  const { seconds, perReader, readers, rate } = mergeResults([a, b], judge);
  t.strictSame(
    seconds.map(({ atSecond, accepted, ackP50, ackP99 }) => [atSecond, accepted, ackP50, ackP99]),
    [
      [1, 1, null, null],
      [3, 2, 5, 30],
      [4, 1, 1, 2],
    ],
  );
  t.strictSame(perReader, [
    { readerId: 'a', swipes: 1, denied: 0, errors: 0, ackP99: 1 },
    { readerId: 'x', swipes: 3, denied: 1, errors: 1, ackP99: 7 },
  ]);
  t.equal(readers, 8);
  t.equal(rate, 800);
});

t.test('a merged run is only as good as its worst part', async (t) => {
  t.match(mergeResults([shard(1, 2), shard(2, 2)], judge), {
    ok: true,
    valid: true,
    shard: 'merged',
    thresholds: lossless,
  });
  const lossy = shard(2, 2, { faults: { ...emptyRun().faults, lost: 1 }, examples: ['lost: swipe 1'] });
  t.match(mergeResults([shard(1, 2), lossy], judge), {
    ok: false,
    valid: true,
    examples: ['lost: swipe 1'],
    thresholds: [{ expression: 'lost==0', actual: 1, ok: false }],
  });
  const late = shard(2, 2, { valid: false, invalidBecause: ['the generator was late'], generatorDelayMs: 900 });
  t.match(mergeResults([shard(1, 2), late], judge), {
    ok: false,
    valid: false,
    invalidBecause: ['shard 2/2: the generator was late'],
    generatorDelayMs: 900,
  });
  t.match(mergeResults([shard(3, 3), shard(1, 3)], judge), {
    ok: false,
    valid: false,
    invalidBecause: ['shard 2/3 is missing, so this is not the whole run'],
  });
});

t.test('hostile posts add up; one not repelled fails the run', async (t) => {
  const attacked = (i: number, repelled: number) =>
    shard(i, 2, {
      attacks: { wrongKey: { sent: 5, repelled }, ...(i === 1 ? { replayed: { sent: 1, repelled: 1 } } : {}) },
    });
  t.match(mergeResults([attacked(1, 5), attacked(2, 5)], judge), {
    ok: true,
    attacks: { wrongKey: { sent: 10, repelled: 10 }, replayed: { sent: 1, repelled: 1 } },
  });
  t.match(mergeResults([attacked(1, 5), attacked(2, 4)], judge), { ok: false });
});

t.test('parts of different runs are rejected', async (t) => {
  const coarse = build({ numberOfSignificantValueDigits: 2, highestTrackableValue: 3_600_000_000, bitBucketSize: 64 });
  const rough = { ...latencyOf([]), histogram: encodeIntoCompressedBase64(coarse) };
  const refused: [results: RunResult[], code: string, says: RegExp][] = [
    [[], 'MERGE_NOTHING', /name the files/],
    [[sampleRun({ seconds: 1 })], 'MERGE_NOT_A_SHARD', /whole run/],
    [[shard(1, 2), shard(1, 1, { shard: 'merged' })], 'MERGE_NOT_A_SHARD', /shard merged/],
    [[shard(1, 2), shard(3, 2)], 'MERGE_NOT_A_SHARD', /shard 3\/2/],
    [
      [shard(1, 2), shard(2, 2, { scenario: 'lunch' })],
      'MERGE_OTHER_RUN',
      /scenario differs, office-morning-rush and lunch/,
    ],
    [[shard(1, 2), shard(2, 2, { seed: 8 })], 'MERGE_OTHER_RUN', /seed differs, 7 and 8/],
    [[shard(1, 2), shard(2, 2, { probes: [] })], 'MERGE_SEARCH', /do not add up/],
    [[shard(1, 2), shard(2, 3)], 'MERGE_OTHER_RUN', /number of shards differs, 2 and 3/],
    [[shard(2, 2), shard(1, 2), shard(2, 2)], 'MERGE_SHARD_TWICE', /2\/2 was given twice/],
    [[shard(1, 2), shard(2, 2, { ack: { fromDue: rough, fromSend: rough } })], 'MERGE_OTHER_HISTOGRAM', /ack\.fromDue/],
  ];
  for (const [results, code, message] of refused) {
    t.throws(() => mergeResults(results, judge), { name: 'MergeError', code, message });
  }
});
