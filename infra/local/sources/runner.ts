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
  /**
   * Resolves when the Lambda has processed everything on the stream, or it was given up.
   * @throws {ChildError} CHILD_NOT_READY after `timeoutMs`
   */
  drain(timeoutMs: number): Promise<void>;
}

export async function startRunner({ env, logFile, onFailureFile, roster }: RunnerOptions): Promise<Runner> {
  let drained = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const child = await startChild({
    name: 'decide',
    module: new URL('./event-source/main.js', import.meta.url),
    args: [lambda('decide'), onFailureFile, lambda('occupancy')],
    env,
    logFile,
    onMessage: (message) => {
      if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'drained') drained();
    },
  });
  roster.add(child);
  return {
    child,
    async drain(timeoutMs) {
      child.send({ type: 'drain' });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const message = `The decision Lambda did not catch up within ${timeoutMs} ms.`;
        timer = setTimeout(() => reject(new ChildError('CHILD_NOT_READY', message)), timeoutMs);
      });
      try {
        await roster.guard(Promise.race([done, late]));
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** URL of a function's handler module. */
function lambda(name: string): string {
  return import.meta.resolve(`@swipegate/lambdas/${name}/handler`);
}
