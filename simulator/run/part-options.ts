import type { Site } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { TracedSwipe } from '../schedule/trace.js';

/** Options of one part of a run. Plain data, because a part may run in another thread. */
export interface PartOptions {
  /** URL of the gateway. */
  target: string;
  site: Site;
  /** API key by reader. */
  keys: Readonly<Record<string, string>>;
  decisionsTable: string;
  /** Table of back-office changes; undefined without a back office. */
  changesTable: string | undefined;
  presenceTable: string;
  scenario: WholeScenario;
  /** Recorded swipes in time order, played instead of the scenario's people. */
  trace: readonly TracedSwipe[] | undefined;
  /** Swipes/s of all parts together where the profile is 1. */
  rate: number;
  /** Virtual readers of all parts together. */
  readers: number;
  warmUpMs: number;
  /** Undefined runs until stopped. */
  durationMs: number | undefined;
  seed: number;
  /** Index of this part, from 0, among `of` parts. */
  part: { index: number; of: number };
  /** Cards that someone else swipes: the simulator does not use them. */
  exceptCards: readonly string[];
  /** File to which accepted swipes are appended at the end, one per line. */
  recordFile: string | undefined;
  /** How long to wait for missing decisions at the end, ms. */
  decisionPatienceMs: number;
  /** How long a reader retries one swipe, ms. */
  swipePatienceMs: number;
}
