import { compile } from '@swipegate/contract';
import { Finished, Probed, Progress } from '@swipegate/simulator/report/lines/messages';
import type { Probe, RunResult } from '@swipegate/simulator/report/result/run-result';
import { ChildError, startChild } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import type { SimulatedNow } from './status-feed.js';

export interface SimulationOptions {
  target: string;
  siteFile: string;
  keysFile: string;
  decisionsTable: string;
  presenceTable: string;
  /** What to play, and how: further arguments of `swipegate-sim run`. */
  args: readonly string[];
  /** Cards that somebody else may swipe. */
  exceptCards: readonly string[];
  /** A search has tried a rate. */
  onProbe(probe: Probe): void;
  env: Record<string, string>;
  logFile: string;
  roster: ChildRoster;
}

/** Running virtual readers. */
export interface Simulation {
  /** Resolves when they have ended by themselves, or were made to; rejects when they ended without a result. */
  finished: Promise<RunResult>;
  /** Undefined before the first figures. */
  now(): SimulatedNow | undefined;
  /** Ends the swipes, and resolves when each has been held against its decision. */
  finish(timeoutMs: number): Promise<RunResult>;
}

const isProgress = compile(Progress);
const isFinished = compile(Finished);
const isProbed = compile(Probed);

/** Starts the simulator's process; resolves when its readers swipe. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  let progress: Progress | undefined;
  let result: RunResult | undefined;
  const { onProbe } = options;
  const child = await startChild({
    name: 'simulator',
    module: new URL(import.meta.resolve('@swipegate/simulator/cli')),
    args: argumentsOf(options),
    env: options.env,
    logFile: options.logFile,
    onMessage: (message) => {
      if (isProgress(message)) progress = message;
      else if (isProbed(message)) onProbe(message.probe);
      else if (isFinished(message)) result = message.result;
    },
  });
  options.roster.add(child);
  // A scenario comes to its end.
  options.roster.mayEnd(child);
  const finished = child.exited.then(() => {
    if (result !== undefined) return result;
    throw new ChildError('CHILD_EXITED', `The simulator ended without a result.\n${child.tail.trim()}`);
  });
  // Who awaits it does so later; until then a rejection is not unhandled.
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
      await child.stop({ graceMs });
      return finished;
    },
  };
}

function argumentsOf(options: SimulationOptions): string[] {
  return [
    'run',
    ...['--target', options.target],
    ...['--site', options.siteFile],
    ...['--keys', options.keysFile],
    ...['--decisions-table', options.decisionsTable],
    ...['--presence-table', options.presenceTable],
    ...options.exceptCards.flatMap((cardId) => ['--except-card', cardId]),
    ...options.args,
  ];
}
