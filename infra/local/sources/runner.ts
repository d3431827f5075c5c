import { type Child, ChildError, startChild } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';

export interface RunnerOptions {
  env: Record<string, string>;
  logFile: string;
  /** Receives records that were given up, one JSON line per batch. */
  onFailureFile: string;
  roster: ChildRoster;
}

/** Process that reads the `swipes` stream, calls the decision Lambda, and calls the occupancy Lambda each minute. */
export interface Runner {
  child: Child;
  /** Resolves when everything on the stream is processed or given up. @throws {ChildError} CHILD_NOT_READY */
  drain(timeoutMs: number): Promise<void>;
}

export async function startRunner({ env, logFile, onFailureFile, roster }: RunnerOptions): Promise<Runner> {
  const child = await startChild({
    name: 'decide',
    module: new URL('./event-source/main.js', import.meta.url),
    args: [lambda('decide'), onFailureFile, lambda('occupancy')],
    env,
    logFile,
  });
  roster.add(child);
  return {
    child,
    async drain(timeoutMs) {
      const reason = await roster.guard(child.drain(timeoutMs));
      if (reason !== undefined) throw new ChildError('CHILD_NOT_READY', `The decision Lambda is not done: ${reason}.`);
    },
  };
}

function lambda(name: string): string {
  return import.meta.resolve(`@swipegate/lambdas/${name}/handler`);
}
