import Type from 'typebox';

/**
 * What a run leaves behind: `--json`, the file that `report` draws and that `merge` puts together. Everything is kept in a
 * form that adds up exactly: counts, and histograms rather than percentiles.
 */

const Count = Type.Integer({ minimum: 0 });
const Counts = Type.Record(Type.String(), Count);
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
  description: 'ms; null where nothing was measured',
});

/** One latency, in ms, of the whole run; `histogram` is what the other members are read from. */
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

/** Counted from the moment at which the swipe was due (free of coordinated omission), and from the moment it was sent. */
export const TwoLatencies = Type.Object({ fromDue: LatencyResult, fromSend: LatencyResult });
export type TwoLatencies = Type.Static<typeof TwoLatencies>;

/** One second of a run. */
export const Second = Type.Object({
  atSecond: Type.Integer({ description: 'From the start of the run; during a warm-up negative' }),
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
    description: 'What was measured: ms of a latency, else a count or a rate; null where there was nothing to measure',
  }),
  ok: Type.Boolean(),
});
export type ThresholdResult = Type.Static<typeof ThresholdResult>;

/** Hostile posts of one kind, and how many of them the gateway met as it must. */
export const AttackResult = Type.Object({ sent: Count, repelled: Count });
export type AttackResult = Type.Static<typeof AttackResult>;

/** One rate that a search has tried. */
export const Probe = Type.Object({
  rate: Type.Number({ description: 'Swipes/s asked for' }),
  acceptedPerSecond: Type.Number(),
  ok: Type.Boolean({ description: 'The rate held: no fault, valid, every threshold met' }),
  because: Type.Array(Type.String({ description: 'Why it did not hold' })),
  ackP99: Ms,
  decisionP99: Ms,
});
export type Probe = Type.Static<typeof Probe>;

export const RunResult = Type.Object(
  {
    format: Type.Literal('swipegate-run/1'),
    ok: Type.Boolean({ description: 'Valid, no fault, every threshold met: the exit code' }),
    valid: Type.Boolean({ description: 'False when the generator itself could not keep its schedule' }),
    invalidBecause: Type.Array(Type.String()),
    scenario: Type.String(),
    target: Type.String(),
    startedAt: Type.String(),
    /** `i/n` where this is a part of a run of several simulators; `merged` where they were put together. */
    shard: Type.Optional(Type.String()),
    seed: Type.Integer(),
    readers: Count,
    rate: Type.Number({ description: 'Swipes/s asked for, at most' }),
    warmUpMs: Type.Number({ description: 'Before the run; its swipes are counted and verified, but not timed' }),
    durationMs: Type.Number({ description: 'Without the warm-up' }),
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
    unjudged: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Swipes of which nobody can say what they must be' }),
    ),
    /** Some of the faults, in words, by swipeId. */
    examples: Type.Array(Type.String()),
    outcomes: Type.Object({ granted: Counts, denied: Counts, recorded: Counts }),
    /** Answers other than success, by problem code or error. */
    problems: Counts,
    ack: TwoLatencies,
    decision: TwoLatencies,
    generatorDelayMs: Type.Number({ description: 'How late the generator was at worst' }),
    seconds: Type.Array(Second),
    perReader: Type.Array(ReaderResult),
    thresholds: Type.Array(ThresholdResult),
    unjudgedZones: Type.Array(Type.String()),
    /** By kind. Absent where none were made. */
    attacks: Type.Optional(Type.Record(Type.String(), AttackResult)),
    /** Of a search, in the order in which they were tried; the rest of the result is of the highest rate that held. */
    probes: Type.Optional(Type.Array(Probe)),
  },
  { $id: 'RunResult', description: 'A run of the simulator' },
);
export type RunResult = Type.Static<typeof RunResult>;
