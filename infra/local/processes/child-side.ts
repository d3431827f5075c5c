import { printableText } from '@swipegate/terminal/fit';
import { messageOf } from '@swipegate/terminal/message-of';

/** Child's half of {@link ./child.ts}. It never outlives its parent. */
export interface ServedChild {
  /** Sent to the parent with `type: 'ready'`. */
  ready: Record<string, unknown>;
  /** Runs on SIGTERM and when the parent has exited; the process exits afterwards. */
  onStop(): Promise<void> | void;
  /** Resolves when everything that was due at the call is processed. Its result is sent to the parent. */
  onDrain?(): Promise<object>;
  onMessage?(message: unknown): void;
}

/** Runs `main` and serves what it returns. If it fails, prints only the message: a stack trace would hide the reason. */
export async function runChild(main: () => Promise<ServedChild>): Promise<void> {
  try {
    serveChild(await main());
  } catch (error) {
    process.stderr.write(`${printableText(messageOf(error))}\n`);
    process.exit(1);
  }
}

/** Reports `ready`, then serves the parent. Answers `drain` with `drained` and the same `id`; it has a `reason` if it failed. */
export function serveChild(served: ServedChild): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    let code = 0;
    try {
      await served.onStop();
    } catch (error) {
      process.stderr.write(`${printableText(String(error))}\n`);
      code = 1;
    }
    // See gateway/process/entry-point.ts: without a parent the output pipe has no reader, and pino retries forever.
    if (process.connected === false) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
  // Ignore Ctrl-C, which a child in its parent's process group receives too: the parent decides the order of stopping.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
  process.on('message', (message) => {
    if (isOfType(message, 'drain') && served.onDrain !== undefined) {
      const { id } = message;
      served.onDrain().then(
        (result) => send({ type: 'drained', id, ...result }),
        (error: unknown) => send({ type: 'drained', id, reason: String(error) }),
      );
    } else {
      served.onMessage?.(message);
    }
  });
  send({ type: 'ready', ...served.ready });
}

/** A parent that has just exited takes no message: `disconnect` follows and stops this process. */
function send(message: object): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Whether a message between parent and child has this `type`. */
export function isOfType(message: unknown, type: string): message is Record<string, unknown> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}
