import type { LivePercentiles, LiveView } from '../report/lines/live.js';
import type { RunResult, Second } from '../report/result/run-result.js';

/** Progress snapshot of one part of a run. */
export interface PartProgress {
  phase: LiveView['phase'];
  counts: RunResult['counts'];
  inFlight: number;
  overdue: number;
  /** Maximum since the last snapshot, ms. */
  generatorDelayMs: number;
  invalidBecause: string[];
  ack: LivePercentiles;
  decision: LivePercentiles;
  outcomes: RunResult['outcomes'];
  /** Last completed second. */
  second: Second | undefined;
}
