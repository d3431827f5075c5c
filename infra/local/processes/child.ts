import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { bundled } from './bundled.js';
import { isOfType } from './child-side.js';

export interface ChildOptions {
  /** Name of the process in errors. */
  name: string;
  /** Compiled file; its bundled copy is started where there is one. */
  module: URL;
  args?: string[];
  /** Node options, in addition to this process's own. */
  nodeOptions?: readonly string[];
  /** Environment variables, in addition to this process's own. */
  env?: Record<string, string>;
  onMessage?(message: unknown): void;
  /** File for stdout and stderr. Default: none; only the end is retained, for errors. */
  logFile?: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether `stop` or `kill` was called before. */
  expected: boolean;
}

export class ChildError extends Error {
  override readonly name = 'ChildError';
  readonly code: 'CHILD_EXITED' | 'CHILD_NOT_READY';

  constructor(code: ChildError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const TAIL_CHARACTERS = 4_000;
/** Longest time to the `ready` message, ms: a loaded machine starts processes slowly. */
const READY_MS = 60_000;
/** Reason why {@link Child.drain} failed if the child has exited. */
export const EXITED = 'it exited';

/** Killed when this process exits: a child that is still booting would not notice the exit. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Content of its `ready` message. */
  ready: Readonly<Record<string, unknown>> = {};
  readonly #process: ChildProcess;
  /** End of its output to stdout and stderr. */
  tail = '';
  #isExpected = false;
  #drains = 0;

  constructor({ name, module, args = [], nodeOptions = [], env, logFile, onMessage }: ChildOptions) {
    const child = fork(bundled(module), args, {
      env: { ...process.env, ...env },
      execArgv: [...process.execArgv, ...nodeOptions],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Own process group: a signal to this process's group reaches only this process, which then ends its children in order.
      detached: true,
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.name = name;
    this.pid = child.pid ?? -1;
    this.#process = child;
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log?.write(chunk);
        this.tail = (this.tail + chunk.toString()).slice(-TAIL_CHARACTERS);
      });
    }
    this.exited = new Promise((resolve) => {
      // 'close', not 'exit': all output has been read by then.
      child.once('close', (code, signal) => {
        log?.end();
        resolve({ code, signal, expected: this.#isExpected });
      });
    });
    child.on('message', (message) => {
      if (isOfType(message, 'ready')) this.ready = message;
      else onMessage?.(message);
    });
  }

  /** Resolves at its `ready` message. @throws {ChildError} CHILD_EXITED if it exits before, CHILD_NOT_READY after 60 s */
  whenReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (code: ChildError['code'], what: string) => {
        const output = this.tail.trim();
        reject(new ChildError(code, `${this.name} ${what}.${output && ` Its output:\n${output}`}`));
      };
      const timer = setTimeout(() => {
        this.#process.kill('SIGKILL');
        fail('CHILD_NOT_READY', `was not ready within ${READY_MS} ms`);
      }, READY_MS);
      this.#process.once('error', reject);
      void this.exited.then(({ code, signal }) => {
        clearTimeout(timer);
        fail('CHILD_EXITED', `exited (${signal ?? code}) before it was ready`);
      });
      this.#process.on('message', (message) => {
        if (!isOfType(message, 'ready')) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  send(message: Record<string, unknown>): void {
    // Without a callback, a child that has just exited would raise an `error` event.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Waits until the child has processed everything due. @returns the reason if it failed or takes longer */
  async drain(timeoutMs: number): Promise<string | undefined> {
    const id = ++this.#drains;
    let onMessage: (message: unknown) => void = () => undefined;
    const drained = new Promise<string | undefined>((resolve) => {
      onMessage = (message) => {
        // The answer to an earlier request may come late.
        if (!isOfType(message, 'drained') || message['id'] !== id) return;
        resolve(message['reason'] === undefined ? undefined : String(message['reason']));
      };
    });
    this.#process.on('message', onMessage);
    this.send({ type: 'drain', id });
    const late = new AbortController();
    const timeout = delay(timeoutMs, `it did not catch up within ${Math.round(timeoutMs)} ms`, {
      ref: false,
      signal: late.signal,
    });
    const gone = this.exited.then(() => EXITED);
    try {
      return await Promise.race([drained, gone, timeout]);
    } finally {
      late.abort();
      timeout.catch(() => undefined);
      this.#process.off('message', onMessage);
    }
  }

  /** Sends SIGTERM, then SIGKILL if it still runs after `graceMs`. Resolves when it has ended. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.#isExpected = true;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Sends SIGKILL, as the kernel's out-of-memory killer does. Resolves when it has ended. */
  async kill(): Promise<Exit> {
    this.#isExpected = true;
    this.#process.kill('SIGKILL');
    return this.exited;
  }
}

/**
 * Starts a compiled file as a child process. Resolves when it has sent `{type: 'ready'}`.
 * @throws {ChildError} as {@link Child.whenReady} does; the message ends with its output
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = new Child(options);
  await child.whenReady();
  return child;
}
