import { readScenario, ScenarioError } from '@swipegate/simulator/scenarios/read-scenario';
import { Display } from '@swipegate/terminal/display';
import { wantsColor } from '@swipegate/terminal/ink';
import { OptionError } from '@swipegate/terminal/options';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { assertFreePort, nextPort } from '../processes/ports.js';
import { runDemo, StoppedError } from './demo-run.js';
import { HELP, readOptions, type StartOptions } from './start-options.js';
import { StopRequest } from './stop-request.js';
import { isSound, summaryJson, summaryLines } from './summary.js';

const FOLDER = '.swipegate';

/** Runs `npm start`. Resolves with the exit code once every process it started has ended. */
async function start(options: StartOptions): Promise<number> {
  const screen = options.json ? process.stderr : process.stdout;
  const display = new Display(screen);
  const roster = new ChildRoster();
  const stop = new StopRequest();
  stop.listen();
  const host = process.env['HOST'] || '127.0.0.1';
  const color = wantsColor(screen, process.env);
  const files = new SiteFiles(FOLDER);
  try {
    if (options.port !== 0) await assertFreePort(options.port, 'PORT', host);
    if (options.opsPort !== undefined && options.opsPort !== 0) await assertFreePort(options.opsPort, 'OPS_PORT', host);
    const opsPort = options.opsPort ?? (await nextPort(options.port, host));
    if (options.consolePort) await assertFreePort(options.consolePort, 'CONSOLE_PORT', '127.0.0.1');
    const consolePort = options.backOffice
      ? (options.consolePort ?? (await nextPort(opsPort, '127.0.0.1')))
      : undefined;
    const run = runDemo({ options, opsPort, consolePort, host, files, roster, display, color, stop });
    const insisted = stop.insisted.then(() =>
      Promise.reject(new StoppedError('Stopped immediately. Swipes were still in flight.')),
    );
    const summary = await Promise.race([run, insisted]);
    display.say('', ...summaryLines(summary));
    if (options.json) process.stdout.write(`${JSON.stringify(summaryJson(summary))}\n`);
    return isSound(summary) ? 0 : 1;
  } catch (error) {
    await roster.killAll();
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${message}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    return 1;
  } finally {
    await files.release();
  }
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options === 'help') {
      process.stdout.write(HELP);
      return 0;
    }
    // Fail early: the simulator reads the scenario too, but only after everything else has started.
    await readScenario(options.scenario);
    return await start(options);
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof ScenarioError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

// Not process.exitCode: the losing side of a race may still hold a timer or a socket.
process.exit(await main());
