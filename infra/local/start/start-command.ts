import { readScenario } from '@swipegate/simulator/scenarios/read-scenario';
import { OptionError } from '@swipegate/terminal/options';
import { SiteFiles } from '../demo/site-files.js';
import { tenantToServe } from '../demo/start-site.js';
import { assertFreePort, nextPort } from '../processes/ports.js';
import { FOLDER, type Outcome, runCommand, type Session } from './command.js';
import { runDemo } from './demo-run.js';
import { HELP, readOptions, type StartOptions } from './options.js';
import { isSound, summaryJson, summaryLines } from './summary.js';

const LOOPBACK = '127.0.0.1';

async function start(options: Start, session: Session): Promise<Outcome> {
  const host = process.env['HOST'] || LOOPBACK;
  // Before the ports are checked: a run in this folder holds them too, and the error must name its process.
  await session.files.claim();
  await assertFreePort(options.port, 'PORT', host);
  if (options.opsPort !== undefined) await assertFreePort(options.opsPort, 'OPS_PORT', host);
  const opsPort = options.opsPort ?? (await nextPort(options.port, host));
  if (options.consolePort !== undefined) await assertFreePort(options.consolePort, 'CONSOLE_PORT', LOOPBACK);
  const consolePort = options.backOffice ? (options.consolePort ?? (await nextPort(opsPort, LOOPBACK))) : undefined;
  const summary = await runDemo({ ...session, options, emptyTenant: options.servedTenant, opsPort, consolePort, host });
  return { isSound: isSound(summary), lines: summaryLines(summary), json: summaryJson(summary) };
}

interface Start extends StartOptions {
  /** Tenant to serve without a site; undefined: the demo site. */
  servedTenant: string | undefined;
}

async function read(): Promise<Start | 'help'> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') return options;
  // Fail early: the simulator reads the scenario only after everything else has started.
  const { devices } = await readScenario(options.scenario);
  if (devices !== undefined) refuseWithoutDevicePort(options);
  const { emptyTenant, dataFolder } = options;
  const kept = dataFolder === undefined ? undefined : await new SiteFiles(FOLDER, dataFolder).keptKeys();
  return { ...options, servedTenant: tenantToServe(emptyTenant, dataFolder, kept) };
}

/** @throws {OptionError} naming the option without which virtual devices cannot run */
function refuseWithoutDevicePort({ scenario, gatewaySettings, backOffice }: StartOptions): void {
  if (!backOffice) {
    throw new OptionError(`The devices of ${scenario} are entered by the admin API: remove --no-back-office.`);
  }
  if (gatewaySettings.env['DEVICE_PORT'] === undefined) {
    throw new OptionError(`The scenario ${scenario} needs the device port: add --device-port 8090.`);
  }
}

// Not process.exitCode: the losing side of a race may still hold a timer or a socket.
process.exit(await runCommand({ help: HELP, read, run: start }));
