import { compile } from '@swipegate/contract';
import Type from 'typebox';
import type { SiteFiles } from '../demo/site-files.js';
import { ChildError } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { portIn } from '../processes/ports.js';
import type { Ready, Service } from '../processes/service.js';

export interface BackOfficeStart {
  env: Record<string, string>;
  /** Ports of the console and of the sign-in service. */
  ports: { console: number; issuer: number };
  /** Base URL of the gateway, for the console's page. */
  gatewayUrl: string;
  files: Pick<SiteFiles, 'logFile' | 'checkpointsFile' | 'signInKeyFile' | 'usersFile'>;
  roster: ChildRoster;
}

export interface BackOffice {
  consoleUrl: string;
  /** Admin API. */
  apiUrl: string;
  /** Sign-in service. */
  signInUrl: string;
  /** Access tokens of the users by user name, valid for an hour. */
  tokens: Readonly<Record<string, string>>;
  /** Metrics of its functions and queues. */
  metricsUrl: string;
  /** Resolves when the archive holds everything on the streams. @throws {ChildError} CHILD_NOT_READY if not in time */
  archived(timeoutMs: number): Promise<void>;
  /** Its functions, the archiver, and the page with the admin API. */
  services: readonly Service[];
  /** The archiver first writes what it has read. */
  stop(): Promise<void>;
}

const isReady = compile(
  Type.Object({
    consoleUrl: Type.String(),
    apiUrl: Type.String(),
    issuer: Type.String(),
    tokens: Type.Record(Type.String(), Type.String()),
  }),
);

/** Starts the back office's functions, the archiver, the sign-in service, the admin API and the console. */
export async function startBackOffice({ env, ports, gatewayUrl, files, roster }: BackOfficeStart): Promise<BackOffice> {
  const [functions, archiver, page] = await Promise.all([
    start('back-office-functions', '../sources/queue-source/main.js', (before) => ({
      env: { METRICS_PORT: portIn(before?.['metricsUrl']) },
    })),
    start('archiver', '../archive/main.js', () => ({
      args: [files.checkpointsFile('archive-swipes'), files.checkpointsFile('archive-decisions')],
    })),
    start('back-office', './main.js', (before) => ({
      args: [String(ports.console), files.signInKeyFile, files.usersFile],
      env: { API_PORT: portIn(before?.['apiUrl']), ISSUER_PORT: String(ports.issuer), GATEWAY_URL: gatewayUrl },
    })),
  ]);
  const { ready } = page;
  if (!isReady(ready)) throw new ChildError('CHILD_NOT_READY', 'The back office did not report its addresses.');
  return {
    consoleUrl: ready.consoleUrl,
    apiUrl: ready.apiUrl,
    signInUrl: ready.issuer,
    tokens: ready.tokens,
    metricsUrl: String(functions.ready['metricsUrl']),
    services: [functions, archiver, page],
    async archived(timeoutMs) {
      const reason = await roster.guard(archiver.drain(timeoutMs));
      if (reason !== undefined) throw new ChildError('CHILD_NOT_READY', `The archive is incomplete: ${reason}.`);
    },
    async stop() {
      await Promise.all([page.stop(), functions.stop(), archiver.stop()]);
    },
  };

  function start(
    name: string,
    module: string,
    optionsOf: (before: Ready | undefined) => { args?: string[]; env?: Record<string, string> },
  ): Promise<Service> {
    return roster.startService((before) => {
      const { args = [], env: own } = optionsOf(before);
      const url = new URL(module, import.meta.url);
      return { name, module: url, args, env: { ...env, ...own }, logFile: files.logFile(name) };
    });
  }
}
