import Type from 'typebox';

// Result file of a run. It holds counts and histograms, which add up exactly; percentiles alone would not.

const Count = Type.Integer({ minimum: 0 });
const Counts = Type.Record(Type.String(), Count);
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'ms; null if not measured' });

/** One latency of the whole run, ms. All other members are computed from `histogram`. */
export const LatencyResult = Type.Object({
  count: Count,
  min: Ms,
  mean: Ms,
  p50: Ms,
  p90: Ms,
  p95: Ms,
  p99: Ms,
  p999: Ms,
  max: Ms,
  histogram: Type.String({ description: 'hdr-histogram V2, compressed, base64; values in µs' }),
});
export type LatencyResult = Type.Static<typeof LatencyResult>;

/** Latency from the time the swipe was due (free of coordinated omission), and from the time it was sent. */
export const TwoLatencies = Type.Object({ fromDue: LatencyResult, fromSend: LatencyResult });
export type TwoLatencies = Type.Static<typeof TwoLatencies>;

export const Second = Type.Object({
  atSecond: Type.Integer({ description: 'Seconds from the end of the warm-up; negative during it' }),
  due: Count,
  sent: Count,
  accepted: Count,
  decided: Count,
  errors: Count,
  inFlight: Count,
  ackP50: Ms,
  ackP99: Ms,
  decisionP50: Ms,
  decisionP99: Ms,
});
export type Second = Type.Static<typeof Second>;

export const ReaderResult = Type.Object({
  readerId: Type.String(),
  swipes: Count,
  denied: Count,
  errors: Count,
  ackP99: Ms,
});
export type ReaderResult = Type.Static<typeof ReaderResult>;

export const ThresholdResult = Type.Object({
  expression: Type.String({ examples: ['ack.p99<50ms', 'lost==0'] }),
  actual: Type.Union([Type.Number(), Type.Null()], {
    description: 'Measured value: a latency in ms, a count or a rate; null if not measured',
  }),
  ok: Type.Boolean(),
});
export type ThresholdResult = Type.Static<typeof ThresholdResult>;

/** Hostile posts of one kind, and the number that the gateway answered correctly. */
export const AttackResult = Type.Object({ sent: Count, repelled: Count });
export type AttackResult = Type.Static<typeof AttackResult>;

export const Probe = Type.Object({
  rate: Type.Number({ description: 'Target rate, swipes/s' }),
  acceptedPerSecond: Type.Number(),
  ok: Type.Boolean({ description: 'The rate holds: valid, no faults, every threshold met' }),
  because: Type.Array(Type.String({ description: 'Reason why the rate failed' })),
  ackP99: Ms,
  decisionP99: Ms,
});
export type Probe = Type.Static<typeof Probe>;

export const RunResult = Type.Object(
  {
    format: Type.Literal('swipegate-run/1'),
    ok: Type.Boolean({ description: 'Valid, no faults, every threshold met; decides the exit code' }),
    valid: Type.Boolean({ description: 'False if the generator could not keep its schedule, or shards are missing' }),
    invalidBecause: Type.Array(Type.String()),
    scenario: Type.String(),
    target: Type.String(),
    startedAt: Type.String(),
    /** `i/n` for one part of a run by several simulators; `merged` for a merged result. */
    shard: Type.Optional(Type.String()),
    seed: Type.Integer(),
    readers: Count,
    rate: Type.Number({ description: 'Maximum target rate, swipes/s' }),
    warmUpMs: Type.Number({
      description: 'Warm-up before the run; its swipes are counted and verified, but not timed',
    }),
    durationMs: Type.Number({ description: 'Duration without the warm-up' }),
    counts: Type.Object({
      due: Count,
      skipped: Count,
      sent: Count,
      accepted: Count,
      decided: Count,
      refused: Count,
      unanswered: Count,
      retries: Count,
    }),
    faults: Type.Object({ lost: Count, duplicated: Count, wrong: Count, changed: Count, reordered: Count }),
    unjudged: Type.Optional(Type.Integer({ minimum: 0, description: 'Swipes whose correct decision is unknown' })),
    /** Descriptions of some faults, with their swipeId. */
    examples: Type.Array(Type.String()),
    outcomes: Type.Object({ granted: Counts, denied: Counts, recorded: Counts }),
    /** Answers other than success, by problem code or error. */
    problems: Counts,
    ack: TwoLatencies,
    decision: TwoLatencies,
    generatorDelayMs: Type.Number({ description: 'Maximum delay of the generator, ms' }),
    seconds: Type.Array(Second),
    perReader: Type.Array(ReaderResult),
    thresholds: Type.Array(ThresholdResult),
    unjudgedZones: Type.Array(Type.String()),
    /** Hostile posts by kind; absent if there were none. */
    attacks: Type.Optional(Type.Record(Type.String(), AttackResult)),
    /** Rates of a search, in order. The rest of the result belongs to the highest rate that held. */
    probes: Type.Optional(Type.Array(Probe)),
  },
  { $id: 'RunResult', description: 'A run of the simulator' },
);
export type RunResult = Type.Static<typeof RunResult>;

export const COUNTS = ['due', 'skipped', 'sent', 'accepted', 'decided', 'refused', 'unanswered', 'retries'] as const;

export function noCounts(): RunResult['counts'] {
  return { due: 0, skipped: 0, sent: 0, accepted: 0, decided: 0, refused: 0, unanswered: 0, retries: 0 };
}

/** Counts that must be 0. */
export const FAULTS = ['lost', 'duplicated', 'wrong', 'changed', 'reordered'] as const;

/** Builds a record with one value per outcome. */
export function byOutcome<Value>(of: (outcome: keyof RunResult['outcomes']) => Value) {
  return { granted: of('granted'), denied: of('denied'), recorded: of('recorded') };
}

/** The four latencies of a run by name. */
export function latenciesOf({ ack, decision }: RunResult): [name: string, latency: LatencyResult][] {
  return [
    ['ack.fromDue', ack.fromDue],
    ['ack.fromSend', ack.fromSend],
    ['decision.fromDue', decision.fromDue],
    ['decision.fromSend', decision.fromSend],
  ];
}

/** Whether a run passed. Every swipe of a virtual reader is valid, so a refused or unanswered one fails the run. */
export function isOk(result: Omit<RunResult, 'ok'>): boolean {
  const { valid, counts, faults, thresholds, attacks = {} } = result;
  return (
    valid &&
    counts.accepted > 0 &&
    counts.refused + counts.unanswered === 0 &&
    Object.values(faults).every((count) => count === 0) &&
    Object.values(attacks).every(({ sent, repelled }) => sent === repelled) &&
    thresholds.every(({ ok }) => ok)
  );
}

/** Mean swipes/s of the schedule, without the warm-up and the time after it; null for a duration of 0. */
export function meanRate({ seconds, durationMs }: RunResult, of: 'due' | 'accepted'): number | null {
  if (durationMs <= 0) return null;
  const timed = seconds.filter(({ atSecond }) => atSecond >= 0 && atSecond * 1_000 < durationMs);
  return timed.reduce((sum, second) => sum + second[of], 0) / (durationMs / 1_000);
}

/** Highest rate of a search that held, swipes/s; 0 if none did. Undefined for other runs. */
export function highestRate({ probes }: RunResult): number | undefined {
  return probes?.filter(({ ok }) => ok).reduce((most, { rate }) => Math.max(most, rate), 0);
}
