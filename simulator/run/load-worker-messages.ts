import type { Site } from '@swipegate/contract';
import type { LivePercentiles, LiveView } from '../report/lines/live.js';
import type { RunResult, Second } from '../report/result/run-result.js';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { TracedSwipe } from '../schedule/trace.js';

/** Options of one load worker. Plain data, because it may run in another thread. */
export interface LoadWorkerOptions {
  target: string;
  site: Site;
  keys: Readonly<Record<string, string>>;
  decisionsTable: string;
  /** Table of back-office changes; undefined without a back office. */
  changesTable: string | undefined;
  presenceTable: string;
  scenario: WholeScenario;
  /** Recorded swipes in time order, played instead of the scenario's people. */
  trace: readonly TracedSwipe[] | undefined;
  /** Swipes/s of all workers together where the profile is 1. */
  rate: number;
  /** Virtual readers of all workers together. */
  readers: number;
  warmUpMs: number;
  /** Undefined runs until stopped. */
  durationMs: number | undefined;
  seed: number;
  /** Index of this worker, from 0, among `of` workers of all machines. */
  worker: { index: number; of: number };
  /** Cards that someone else swipes: the simulator does not use them. */
  exceptCards: readonly string[];
  /** File to which accepted swipes are appended at the end, one per line. */
  recordFile: string | undefined;
  /** How long to wait for missing decisions at the end, ms. */
  decisionPatienceMs: number;
  /** How long a reader retries one swipe, ms. */
  swipePatienceMs: number;
}

export interface LoadWorkerProgress {
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
  second: Second | undefined;
}

export type ToLoadWorker = { type: 'run'; startEpochMs: number } | { type: 'stop' };

export type FromLoadWorker =
  | { type: 'ready'; readers: number }
  | { type: 'progress'; progress: LoadWorkerProgress }
  | { type: 'result'; result: RunResult };
