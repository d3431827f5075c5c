import { compile } from '../../gateway/contract/index.js';
import { Finished, Progress, type Report } from '../../simulator/report/report.js';
import { ChildError, startChild } from './child.js';
import type { ChildRoster } from './child-roster.js';
import type { SimulatedNow } from './status-feed.js';

export interface SimulationOptions {
  target: string;
  siteFile: string;
  keysFile: string;
  decisionsTable: string;
  presenceTable: string;
  rate: number;
  /** Time in which the rate rises, ms. */
  warmUpMs: number;
  /** Undefined takes one for each reader of the site. */
  readers: number | undefined;
  /** Cards that somebody else may swipe. */
  exceptCards: readonly string[];
  env: Record<string, string>;
  logFile: string;
  roster: ChildRoster;
}

/** Running virtual readers. */
export interface Simulation {
  /** Undefined before the first figures. */
  now(): SimulatedNow | undefined;
  /** Ends the swipes, and resolves when each has been held against its decision. */
  finish(timeoutMs: number): Promise<Report>;
}

const isProgress = compile(Progress);
const isFinished = compile(Finished);

/** Starts the simulator's process; resolves when its readers swipe. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  let progress: Progress | undefined;
  let report: Report | undefined;
  const child = await startChild({
    name: 'simulator',
    module: new URL('../../simulator/cli.js', import.meta.url),
    args: argumentsOf(options),
    env: options.env,
    logFile: options.logFile,
    onMessage: (message) => {
      if (isProgress(message)) progress = message;
      else if (isFinished(message)) report = message.report;
    },
  });
  options.roster.add(child);
  return {
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
      if (report !== undefined) return report;
      throw new ChildError('CHILD_EXITED', `The simulator ended without a report.\n${child.tail.trim()}`);
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
    ...['--rate', String(options.rate)],
    ...['--warm-up', `${options.warmUpMs / 1000}s`],
    ...(options.readers === undefined ? [] : ['--readers', String(options.readers)]),
    ...options.exceptCards.flatMap((cardId) => ['--except-card', cardId]),
  ];
}
