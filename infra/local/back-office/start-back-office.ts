import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { type Child, ChildError, startChild } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';

export interface BackOfficeStart {
  env: Record<string, string>;
  /** Port of the console; 0 takes a free one. */
  consolePort: number;
  logFile(name: string): string;
  roster: ChildRoster;
}

export interface BackOffice {
  consoleUrl: string;
  /** Admin API. */
  apiUrl: string;
  /** Access tokens of the demo users by user name, valid for an hour. */
  tokens: Readonly<Record<string, string>>;
  /** Metrics of its functions and queues. */
  metricsUrl: string;
  /** Resolves when the archive holds everything on the streams. @throws {ChildError} CHILD_NOT_READY if not in time */
  archived(timeoutMs: number): Promise<void>;
  /** The archiver first writes what it has read. */
  stop(): Promise<void>;
}

const isReady = compile(
  Type.Object({ consoleUrl: Type.String(), apiUrl: Type.String(), tokens: Type.Record(Type.String(), Type.String()) }),
);

/** Starts the back office's functions, the archiver, the sign-in service, the admin API and the console. */
export async function startBackOffice({ env, consolePort, logFile, roster }: BackOfficeStart): Promise<BackOffice> {
  const [functions, archiver, page] = await Promise.all([
    start('back-office-functions', '../sources/queue-source/main.js'),
    start('archiver', '../archive/main.js'),
    start('back-office', './main.js', [String(consolePort)]),
  ]);
  const { ready } = page;
  if (!isReady(ready)) throw new ChildError('CHILD_NOT_READY', 'The back office did not report its addresses.');
  return {
    consoleUrl: ready.consoleUrl,
    apiUrl: ready.apiUrl,
    tokens: ready.tokens,
    metricsUrl: String(functions.ready['metricsUrl']),
    async archived(timeoutMs) {
      const reason = await roster.guard(archiver.drain(timeoutMs));
      if (reason !== undefined) throw new ChildError('CHILD_NOT_READY', `The archive is incomplete: ${reason}.`);
    },
    async stop() {
      await Promise.all([page.stop(), functions.stop(), archiver.stop()]);
    },
  };

  async function start(name: string, module: string, args: string[] = []): Promise<Child> {
    const url = new URL(module, import.meta.url);
    return roster.add(await startChild({ name, module: url, args, env, logFile: logFile(name) }));
  }
}
