import Type from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const Reasons = Type.Record(Type.String(), Count);
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
  description: 'ms from the moment at which the swipe was due; null where nothing was measured',
});

/** How a run ended: what `swipegate-sim run --json` prints, and what the simulator's process sends to who started it. */
export const Report = Type.Object({
  ok: Type.Boolean({ description: 'Every accepted swipe has its one right decision, and every swipe was answered' }),
  readers: Count,
  rate: Type.Number({ description: 'Swipes/s asked for' }),
  warmUpMs: Type.Number({ description: 'At the start; its swipes are counted and verified, but not timed' }),
  elapsedMs: Type.Number(),
  /** Swipes that readers were to make, of which `skipped` found nobody idle to make them. */
  arrivals: Count,
  skipped: Count,
  accepted: Count,
  decided: Count,
  granted: Reasons,
  denied: Reasons,
  recorded: Reasons,
  lost: Count,
  duplicated: Count,
  wrong: Count,
  changed: Count,
  reordered: Count,
  /** Answered with an error that no repetition mends. */
  refused: Count,
  /** Given up after many tries. */
  unanswered: Count,
  retries: Count,
  /** At readers that do not wait for the decision. */
  ackP50Ms: Ms,
  ackP99Ms: Ms,
  decisionP50Ms: Ms,
  decisionP99Ms: Ms,
  /** How late the generator itself was, at worst. */
  generatorDelayMs: Type.Number(),
  /** Zones whose readers were left alone: who may enter there hangs on who comes first, which no reader can know. */
  unjudgedZones: Type.Array(Type.String()),
  /** Some of the faults, in words. */
  examples: Type.Array(Type.String()),
});
export type Report = Type.Static<typeof Report>;

/** A moment of a run. */
export const Progress = Type.Object({
  type: Type.Literal('progress'),
  phase: Type.Enum(['swiping', 'settling', 'reconciling']),
  readers: Count,
  rate: Type.Number(),
  accepted: Count,
  decided: Count,
  /** Without an answer, or accepted and without a decision. */
  inFlight: Count,
  /** Accepted more than 5 s ago, and no decision has come. */
  overdue: Count,
  decisionP50Ms: Ms,
  decisionP99Ms: Ms,
});
export type Progress = Type.Static<typeof Progress>;

/** Sent once, at the end. */
export const Finished = Type.Object({ type: Type.Literal('finished'), report: Report });
export type Finished = Type.Static<typeof Finished>;
