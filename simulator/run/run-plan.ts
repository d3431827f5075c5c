import { availableParallelism } from 'node:os';
import type { Site } from '@swipegate/contract';
import { durationMs } from '@swipegate/terminal/duration';
import { OptionError } from '@swipegate/terminal/options';
import type { RunSettings } from '../commands/run-options.js';
import { playable, readersNeeded } from '../readers/cast.js';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { TracedSwipe } from '../schedule/trace.js';
import { unjudgedZones } from '../verify/unjudged-zones.js';
import type { RunOptions } from './run.js';

/** All of a run but what is there only while it runs. */
export type RunPlan = Omit<RunOptions, 'dynamodb' | 'signal' | 'onProgress'>;

export interface PlanInput {
  settings: RunSettings;
  scenario: WholeScenario;
  trace: readonly TracedSwipe[] | undefined;
  site: Site;
  keys: Readonly<Record<string, string>>;
  target: URL;
  /** Of all that is random, where the settings name none. */
  seed: number;
}

/** What one thread can drive, swipes/s, with the rest of a machine at work on the same cores. */
const PER_THREAD = 2_000;
/** Readers that nobody has asked for, at most. */
const MOST_UNASKED = 5_000;
const DECISION_PATIENCE_MS = 30_000;
/** A gateway that restarts is back sooner. */
const SWIPE_PATIENCE_MS = 30_000;

/** A run out of its scenario, and what the command line says instead. @throws {OptionError} when the two do not fit */
export function planRun({ settings, scenario: given, trace, site, keys, target, seed }: PlanInput): RunPlan {
  const scenario: WholeScenario = {
    ...given,
    readers: { ...given.readers, ...(settings.pace === undefined ? {} : { perMinute: settings.pace }) },
  };
  const rate = settings.rate ?? scenario.rate;
  const candidates = playable(site, keys, unjudgedZones(site));
  if (candidates.length === 0) {
    throw new OptionError(
      `No reader of ${settings.siteFile} has a key in ${settings.keysFile}: give files of one site.`,
    );
  }
  const strange = trace?.find(({ readerId }) => !candidates.some((reader) => reader.readerId === readerId));
  if (strange !== undefined) {
    throw new OptionError(
      `The trace has reader ${strange.readerId}, which is not a reader of ${settings.siteFile} with a key that can be judged: take it out of the trace, or give the files of its site.`,
    );
  }
  const needed = trace === undefined ? readersNeeded(candidates, scenario, rate) : candidates.length;
  if (settings.readers !== undefined && settings.readers < needed) {
    throw new OptionError(
      `${settings.readers} readers do not pass ${rate} swipes/s at ${scenario.readers.perMinute} people a minute each: ` +
        `write --readers ${needed} or more, a lower --rate, or --pace unlimited.`,
    );
  }
  const endless = settings.durationMs === 'until stopped';
  return {
    target: target.href,
    site,
    keys,
    decisionsTable: settings.decisionsTable,
    changesTable: settings.changesTable,
    presenceTable: settings.presenceTable,
    scenario,
    trace,
    rate,
    readers:
      settings.readers ?? Math.max(needed, candidates.length, trace === undefined ? unhurried(scenario, rate) : 0),
    warmUpMs: trace === undefined ? (settings.warmUpMs ?? durationMs(scenario.warmUp)) : 0,
    durationMs: endless ? undefined : durationOf(settings.durationMs, scenario),
    seed: settings.seed ?? seed,
    exceptCards: settings.exceptCards,
    recordFile: settings.recordFile,
    decisionPatienceMs: DECISION_PATIENCE_MS,
    swipePatienceMs: SWIPE_PATIENCE_MS,
    threads: settings.threads ?? Math.min(availableParallelism(), Math.ceil(rate / settings.shard.of / PER_THREAD)),
    shard: settings.shard,
    thresholds: Array.from(new Set([...scenario.thresholds, ...settings.thresholds])),
  };
}

/**
 * Where turnstiles know no limit, a reader is still busy while its answer is held for the decision: with one for each swipe of a
 * second, hardly any waits for another.
 */
function unhurried({ readers }: WholeScenario, rate: number): number {
  return readers.perMinute === 'unlimited' ? Math.min(MOST_UNASKED, Math.ceil(rate)) : 0;
}

function durationOf(asked: RunSettings['durationMs'], scenario: WholeScenario): number {
  return typeof asked === 'number' ? asked : durationMs(scenario.duration);
}
