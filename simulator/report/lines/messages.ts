import Type from 'typebox';
import { Probe, RunResult } from '../result/run-result.js';
import type { LiveView } from './live.js';

const Count = Type.Integer({ minimum: 0 });
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** A moment of a run, as the simulator's process tells who forked it. */
export const Progress = Type.Object({
  type: Type.Literal('progress'),
  phase: Type.Enum(['warming up', 'swiping', 'settling', 'reconciling']),
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

/** A search has tried a rate. */
export const Probed = Type.Object({ type: Type.Literal('probed'), probe: Probe });
export type Probed = Type.Static<typeof Probed>;

/** Sent once, at the end. */
export const Finished = Type.Object({ type: Type.Literal('finished'), result: RunResult });
export type Finished = Type.Static<typeof Finished>;

export function progressMessage({ phase, readers, rate, totals, inFlight, overdue, decision }: LiveView): Progress {
  return {
    type: 'progress',
    phase,
    readers,
    rate,
    accepted: totals.accepted,
    decided: totals.decided,
    inFlight,
    overdue,
    decisionP50Ms: decision.p50,
    decisionP99Ms: decision.p99,
  };
}
