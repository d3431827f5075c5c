import { availableParallelism } from 'node:os';
import type { Site } from '@swipegate/contract';
import { durationMs, parseDuration } from '@swipegate/terminal/duration';
import { OptionError } from '@swipegate/terminal/options';
import { playable, readersNeeded } from '../readers/cast.js';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { TracedSwipe } from '../schedule/trace.js';
import { unjudgedZones } from '../verify/oracle.js';
import type { DeviceRun } from './device-worker.js';
import type { RunOptions } from './run.js';

/** Options of a run without its runtime handles (DynamoDB client, signal, progress callback). */
export type RunPlan = Omit<RunOptions, 'dynamodb' | 'signal' | 'onProgress'>;

/** Settings of a run that override its scenario. Undefined falls back to the scenario or to a default. */
export interface RunSettings {
  /** The files are named in errors. */
  siteFile: string;
  keysFile: string;
  rate: number | undefined;
  readers: number | undefined;
  /** People a minute at one turnstile. */
  pace: number | 'unlimited' | undefined;
  durationMs: number | 'until stopped' | undefined;
  warmUpMs: number | undefined;
  threads: number | undefined;
  shard: { index: number; of: number };
  seed: number | undefined;
  thresholds: string[];
  decisionsTable: string;
  changesTable: string;
  presenceTable: string;
  exceptCards: string[];
  recordFile: string | undefined;
}

export interface PlanInput {
  settings: RunSettings;
  scenario: WholeScenario;
  trace: readonly TracedSwipe[] | undefined;
  site: Site;
  keys: Readonly<Record<string, string>>;
  target: URL;
  /** Random seed if the settings have none. */
  seed: number;
  /** Devices that the site has for the run. Default: none. */
  devices?: DeviceRun | undefined;
}

/** Swipes/s that one thread can drive while the rest of the system runs on the same cores. */
const PER_THREAD = 2_000;
/** Limit on the default number of readers at an unlimited pace. */
const MOST_DEFAULT_READERS = 5_000;
const DECISION_PATIENCE_MS = 30_000;
/** Longer than a gateway restart. */
const SWIPE_PATIENCE_MS = 30_000;

/** Plans a run from its scenario and the command-line overrides. @throws {OptionError} when they do not fit together */
export function planRun({ settings, scenario: given, trace, site, keys, target, seed, devices }: PlanInput): RunPlan {
  const { pace: perMinute = given.readers.perMinute } = settings;
  const scenario: WholeScenario = { ...given, readers: { ...given.readers, perMinute } };
  const rate = settings.rate ?? scenario.rate;
  const candidates = playable(site, keys, unjudgedZones(site));
  if (candidates.length === 0) {
    const { siteFile, keysFile } = settings;
    throw new OptionError(`No reader of ${siteFile} has a key in ${keysFile}: use files of the same site.`);
  }
  const unplayable = trace?.find(({ readerId }) => !candidates.some((reader) => reader.readerId === readerId));
  if (unplayable !== undefined) {
    throw new OptionError(
      `The trace uses reader ${unplayable.readerId}, which is not in ${settings.siteFile}, has no key, or leads to a zone that cannot be judged: remove its swipes from the trace, or use the files of its site.`,
    );
  }
  const needed = trace === undefined ? readersNeeded(candidates, scenario, rate) : candidates.length;
  if (settings.readers !== undefined && settings.readers < needed) {
    throw new OptionError(
      `${settings.readers} readers cannot handle ${rate} swipes/s at ${scenario.readers.perMinute} people a minute each: ` +
        `write --readers ${needed} or more, a lower --rate, or --pace unlimited.`,
    );
  }
  // A reader is busy while it waits for a decision: with one reader per swipe/s hardly any swipe queues.
  const isUnlimited = trace === undefined && scenario.readers.perMinute === 'unlimited';
  const unlimited = isUnlimited ? Math.min(MOST_DEFAULT_READERS, Math.ceil(rate)) : 0;
  const { durationMs: wantedMs = durationMs(scenario.duration) } = settings;
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
    readers: settings.readers ?? Math.max(needed, candidates.length, unlimited),
    warmUpMs: trace === undefined ? (settings.warmUpMs ?? parseDuration(scenario.warmUp) ?? 0) : 0,
    durationMs: wantedMs === 'until stopped' ? undefined : wantedMs,
    seed: settings.seed ?? seed,
    exceptCards: settings.exceptCards,
    recordFile: settings.recordFile,
    decisionPatienceMs: DECISION_PATIENCE_MS,
    swipePatienceMs: SWIPE_PATIENCE_MS,
    threads: settings.threads ?? Math.min(availableParallelism(), Math.ceil(rate / settings.shard.of / PER_THREAD)),
    shard: settings.shard,
    devices: devices && scenario.devices && { run: devices, traffic: scenario.devices },
    thresholds: Array.from(new Set([...scenario.thresholds, ...settings.thresholds])),
  };
}
