import type { LivePercentiles, LiveView } from '../report/lines/live.js';
import type { RunResult, Second } from '../report/result/run-result.js';

/** A moment of one part of a run. */
export interface PartProgress {
  phase: LiveView['phase'];
  counts: RunResult['counts'];
  inFlight: number;
  overdue: number;
  /** Worst since the last moment, ms. */
  generatorDelayMs: number;
  invalidBecause: string[];
  ack: LivePercentiles;
  decision: LivePercentiles;
  outcomes: RunResult['outcomes'];
  /** The last second that is over. */
  second: Second | undefined;
}
