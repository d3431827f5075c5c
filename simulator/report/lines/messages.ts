import Type from 'typebox';
import { Probe } from '../result/run-result.js';
import type { LiveView } from './live.js';

const Count = Type.Integer({ minimum: 0 });
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** Snapshot of a run, sent by the simulator's process to its parent. */
export const Progress = Type.Object({
  type: Type.Literal('progress'),
  phase: Type.Enum(['warming up', 'swiping', 'settling', 'reconciling']),
  readers: Count,
  rate: Type.Number(),
  accepted: Count,
  decided: Count,
  /** Swipes without an answer, or accepted but undecided. */
  inFlight: Count,
  /** Swipes accepted more than 5 s ago without a decision. */
  overdue: Count,
  decisionP50Ms: Ms,
  decisionP99Ms: Ms,
});
export type Progress = Type.Static<typeof Progress>;

/** Sent after each rate that a search tries. */
export const Probed = Type.Object({ type: Type.Literal('probed'), probe: Probe });
export type Probed = Type.Static<typeof Probed>;

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
