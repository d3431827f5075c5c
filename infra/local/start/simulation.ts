import { stat } from 'node:fs/promises';
import { compile } from '@swipegate/contract';
import { Probed, Progress } from '@swipegate/simulator/report/lines/messages';
import { isRunResult, readRunResult } from '@swipegate/simulator/report/result/run-file';
import type { Probe, RunResult } from '@swipegate/simulator/report/result/run-result';
import { tables } from '../../resources.js';
import { ChildError, startChild } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { isOfType } from '../processes/child-side.js';
import type { SimulatedNow } from './status.js';

export interface SimulationOptions {
  target: string;
  siteFile: string;
  keysFile: string;
  /** Further arguments of `swipegate-sim run`: the scenario and its options. */
  args: readonly string[];
  /** Cards that the virtual readers must not use: the user swipes them by hand. */
  exceptCards: readonly string[];
  /** The simulator writes its result to this file before it sends it. */
  outFile: string;
  /** Called after a search has tried a rate. */
  onProbe(probe: Probe): void;
  env: Record<string, string>;
  logFile: string;
  roster: ChildRoster;
  /** Compiled file of the simulator's process; replaced in tests. */
  module?: URL;
}

export interface Simulation {
  /** Resolves when the simulator has ended, by itself or on request; rejects when it ended without a result. */
  finished: Promise<RunResult>;
  /** Current figures; undefined before the first ones. */
  now(): SimulatedNow | undefined;
  /** Stops swiping. Resolves when every swipe has been checked against its decision. */
  finish(timeoutMs: number): Promise<RunResult>;
}

const isProgress = compile(Progress);
const isProbed = compile(Probed);

/** Starts the simulator process. Resolves when its readers swipe. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  let progress: Progress | undefined;
  let result: RunResult | undefined;
  const {
    onProbe,
    env,
    logFile,
    roster,
    outFile,
    module = new URL(import.meta.resolve('@swipegate/simulator/cli')),
  } = options;
  const earlier = await versionOf(outFile);
  const child = await startChild({
    name: 'simulator',
    module,
    args: argumentsOf(options),
    env,
    logFile,
    onMessage: (message) => {
      if (isProgress(message)) progress = message;
      else if (isProbed(message)) onProbe(message.probe);
      else if (isOfType(message, 'finished') && isRunResult(message['result'])) result = message['result'];
    },
  });
  roster.add(child);
  // It exits when its scenario ends.
  roster.mayEnd(child);
  const finished = child.exited.then(async () => {
    if (result !== undefined) return result;
    if ((await versionOf(outFile)) !== earlier) return readRunResult(outFile);
    throw new ChildError('CHILD_EXITED', `The simulator exited without a result.\n${child.tail.trim()}`);
  });
  // No unhandled rejection before a caller awaits it.
  finished.catch(() => undefined);
  return {
    finished,
    now: () =>
      progress && {
        readers: progress.readers,
        rate: progress.rate,
        p50Ms: progress.decisionP50Ms ?? undefined,
        p99Ms: progress.decisionP99Ms ?? undefined,
        inFlight: progress.inFlight,
        overdue: progress.overdue,
      },
    async finish(graceMs) {
      await child.stop(graceMs);
      return finished;
    },
  };
}

/** Differs after each write: the simulator replaces the file. */
async function versionOf(file: string): Promise<string | undefined> {
  return stat(file).then(
    ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
    () => undefined,
  );
}

function argumentsOf(options: SimulationOptions): string[] {
  return [
    'run',
    ...['--target', options.target],
    ...['--site', options.siteFile],
    ...['--keys', options.keysFile],
    ...['--decisions-table', tables.decisions.name],
    ...['--presence-table', tables.presence.name],
    ...['--out', options.outFile],
    ...options.exceptCards.flatMap((cardId) => ['--except-card', cardId]),
    ...options.args,
  ];
}
