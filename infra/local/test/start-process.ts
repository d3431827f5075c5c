import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../start/start.js', import.meta.url));

/** Run of infra/local/start.js in a test. */
export interface Run {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  code: Promise<number | null>;
  /** Resolves when stdout and stderr together match. */
  says(pattern: RegExp): Promise<string>;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Starts it in its own process group, as a service manager or a terminal does. */
  detached?: boolean;
  /** Starts it under a shell, so that a test can kill its parent; `child` is then the shell. */
  underShell?: boolean;
}

/** Starts a run in a folder on a free port. */
export function start(folder: string, args: string[], options: RunOptions = {}): Run {
  const command = [process.execPath, entry, ...args];
  const [file = '', ...rest] = options.underShell === true ? ['sh', '-c', '"$@" & wait', 'sh', ...command] : command;
  const child = spawn(file, rest, {
    cwd: folder,
    env: { ...process.env, PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.detached === true,
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const code = once(child, 'close').then(([exitCode]) => exitCode);
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    code,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const text = output.stdout + output.stderr;
          if (pattern.test(text)) resolve(text);
        };
        listeners.add(check);
        check();
        void code.then(() => reject(new Error(`ended without ${pattern}: ${output.stdout}${output.stderr}`)));
      }),
  };
}

/** Running processes whose working directory is the folder: a run's children inherit it. */
export function processesIn(folder: string): string[] {
  const real = realpathSync(folder);
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === real;
    } catch {
      // The process has just ended, or belongs to another user.
      return false;
    }
  });
}

/** Whether {@link processesIn} works on this system. */
export const canSeeProcesses = existsSync('/proc/self/cwd');
