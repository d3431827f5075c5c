import type { Site } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { TracedSwipe } from '../schedule/trace.js';

/** What one part of a run does: plain data, for it may go to another thread. */
export interface PartOptions {
  /** Of the gateway. */
  target: string;
  site: Site;
  /** API key by reader. */
  keys: Readonly<Record<string, string>>;
  decisionsTable: string;
  /** What the back office changes; undefined: there is none. */
  changesTable: string | undefined;
  presenceTable: string;
  scenario: WholeScenario;
  /** Visits that happened once, in their order; they come instead of the scenario's people. */
  trace: readonly TracedSwipe[] | undefined;
  /** Swipes/s of all parts together, where the profile is 1. */
  rate: number;
  /** Virtual readers of all parts together. */
  readers: number;
  warmUpMs: number;
  /** Undefined runs until it is stopped. */
  durationMs: number | undefined;
  seed: number;
  /** Which part this is, from 0. */
  part: { index: number; of: number };
  /** Cards that somebody else swipes: their holders are left alone. */
  exceptCards: readonly string[];
  /** Where accepted swipes are added, a line each, at the end. */
  recordFile: string | undefined;
  /** How long decisions may still come at the end, ms. */
  decisionPatienceMs: number;
  /** How long a reader tries one swipe, ms. */
  swipePatienceMs: number;
}
