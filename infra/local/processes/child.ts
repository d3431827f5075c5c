import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** Name of the process in errors. */
  name: string;
  /** Compiled entry file. */
  module: URL;
  args?: string[];
  /** Node options, in addition to this process's own. */
  nodeOptions?: readonly string[];
  /** Environment variables, in addition to this process's own. */
  env?: Record<string, string>;
  onMessage?(message: unknown): void;
  /** File for stdout and stderr. Default: none; only the tail is kept, for errors. */
  logFile?: string;
  /** How long the child may take to report `ready`, ms. Default 60,000: a loaded machine starts processes slowly. */
  readyMs?: number;
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

/** Running children. Killed when this process exits: a child that is still booting would not notice the exit. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Running child process. */
export class Child {
  readonly name: string;
  readonly pid: number;
  /** Content of its `ready` message. */
  readonly ready: Record<string, unknown>;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #output: { tail: string };
  readonly #ending: { expected: boolean };

  constructor(
    name: string,
    child: ChildProcess,
    ready: Record<string, unknown>,
    exited: Promise<Exit>,
    output: { tail: string },
    ending: { expected: boolean },
  ) {
    this.name = name;
    this.pid = child.pid ?? -1;
    this.ready = ready;
    this.exited = exited;
    this.#process = child;
    this.#output = output;
    this.#ending = ending;
  }

  /** End of its output to stdout and stderr. */
  get tail(): string {
    return this.#output.tail;
  }

  send(message: Record<string, unknown>): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Sends SIGTERM, then SIGKILL if it still runs after `graceMs` (default 10,000). Resolves when it has ended. */
  async stop({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<Exit> {
    this.#ending.expected = true;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Sends SIGKILL, as the kernel's out-of-memory killer does. Resolves when it has ended. */
  async kill(): Promise<Exit> {
    this.#ending.expected = true;
    this.#process.kill('SIGKILL');
    return this.exited;
  }
}

/**
 * Starts a compiled file as a child process. Resolves when it has sent `{type: 'ready'}`.
 * @throws {ChildError} CHILD_EXITED if it exits before, CHILD_NOT_READY after `readyMs`; the message ends with its output
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, readyMs = 60_000 } = options;
  const child = fork(fileURLToPath(options.module), options.args ?? [], {
    env: { ...process.env, ...options.env },
    execArgv: [...process.execArgv, ...(options.nodeOptions ?? [])],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Own process group: a signal to this process's group reaches only this process, which then ends its children in order.
    detached: true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output = { tail: '' };
  const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log?.write(chunk);
      output.tail = (output.tail + chunk.toString()).slice(-TAIL_CHARACTERS);
    });
  }
  const ending = { expected: false };
  const exited = new Promise<Exit>((resolve) => {
    // 'close', not 'exit': all output has been read by then.
    child.once('close', (code, signal) => {
      log?.end();
      resolve({ code, signal, expected: ending.expected });
    });
  });
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new ChildError('CHILD_NOT_READY', `${name} was not ready within ${readyMs} ms.${said(output.tail)}`));
    }, readyMs);
    child.once('error', reject);
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(
        new ChildError('CHILD_EXITED', `${name} exited (${signal ?? code}) before it was ready.${said(output.tail)}`),
      );
    });
    child.on('message', (message) => {
      if (isReady(message)) {
        clearTimeout(timer);
        resolve(message);
      } else {
        options.onMessage?.(message);
      }
    });
  });
  return new Child(name, child, ready, exited, output, ending);
}

function isReady(message: unknown): message is Record<string, unknown> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

function said(tail: string): string {
  return tail.trim() === '' ? '' : ` Its output:\n${tail.trim()}`;
}
