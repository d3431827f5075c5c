import { pathToFileURL } from 'node:url';
import { bundled } from '../processes/bundled.js';
import { ChildError } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { portIn } from '../processes/ports.js';
import type { Service } from '../processes/service.js';

export interface RunnerOptions {
  env: Record<string, string>;
  logFile: string;
  /** Receives records that were given up, one JSON line per batch. */
  onFailureFile: string;
  /** Remembers how far each shard is processed, so that a process that is started again goes on there. */
  checkpointsFile: string;
  roster: ChildRoster;
}

/** Process that reads the `swipes` stream, calls the decision Lambda, and calls the occupancy Lambda each minute. */
export interface Runner {
  child: Service;
  /** Resolves when everything on the stream is processed or given up. @throws {ChildError} CHILD_NOT_READY */
  drain(timeoutMs: number): Promise<void>;
}

export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { env, logFile, onFailureFile, checkpointsFile, roster } = options;
  const child = await roster.startService((before) => ({
    name: 'decide',
    module: new URL('./event-source/main.js', import.meta.url),
    args: [lambda('decide'), onFailureFile, checkpointsFile, lambda('occupancy')],
    env: { ...env, METRICS_PORT: portIn(before?.['metricsUrl']) },
    logFile,
  }));
  return {
    child,
    async drain(timeoutMs) {
      const reason = await roster.guard(child.drain(timeoutMs));
      if (reason !== undefined) throw new ChildError('CHILD_NOT_READY', `The decision Lambda is not done: ${reason}.`);
    },
  };
}

function lambda(name: string): string {
  return pathToFileURL(bundled(import.meta.resolve(`@swipegate/lambdas/${name}/handler`))).href;
}
