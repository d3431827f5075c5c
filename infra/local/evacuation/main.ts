import { Display } from '@swipegate/terminal/display';
import { count } from '@swipegate/terminal/figures';
import { wantsColor } from '@swipegate/terminal/ink';
import { OptionError } from '@swipegate/terminal/options';
import { demoSite } from '../demo/demo-site.js';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { assertFreePort } from '../processes/ports.js';
import { StopRequest } from '../start/stop-request.js';
import { EVACUATION_HELP, type EvacuationOptions, readEvacuationOptions } from './evacuation-options.js';
import { type EvacuationResult, isSound, runEvacuation } from './evacuation-run.js';
import { stayerLines } from './evacuation-view.js';

/** What `npm run demo:evacuation` runs. Resolves with the exit code, when nothing it started runs any more. */
async function evacuate(options: EvacuationOptions): Promise<number> {
  const screen = options.json ? process.stderr : process.stdout;
  const display = new Display(screen);
  const roster = new ChildRoster();
  const stop = new StopRequest();
  stop.listen();
  const stopping = new AbortController();
  const stopped = stop.asked.then(() => {
    stopping.abort();
    throw new Error('Stopped before its end: nothing is said about who is inside.');
  });
  const files = new SiteFiles('.swipegate');
  try {
    if (options.port !== 0) await assertFreePort(options.port, 'PORT', '127.0.0.1');
    const color = wantsColor(screen, process.env);
    const run = runEvacuation({ options, files, roster, display, color, signal: stopping.signal });
    // Whichever of the two comes second is nobody's concern.
    run.catch(() => undefined);
    const result = await Promise.race([run, stopped]);
    display.say('', ...resultLines(result));
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: isSound(result), ...result })}\n`);
    return isSound(result) ? 0 : 1;
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

function resultLines(result: EvacuationResult): string[] {
  const { people, left, stayed, mustered, settledAfterMs, lost, duplicated, wrong } = result;
  return [
    `${count(people)} were inside, ${count(left)} swiped out, ${stayed.length} did not.`,
    `The muster list names ${mustered.length}:`,
    ...stayerLines(mustered.slice(0, 20), demoSite().zones),
    ...(mustered.length > 20 ? [`  … and ${count(mustered.length - 20)} more`] : []),
    `Exits lost ${lost}, decided twice ${duplicated}, decided wrongly ${wrong}.`,
    settledAfterMs === null
      ? 'NOT SOUND: the list does not name exactly those who stayed.'
      : `It named exactly those who stayed ${(settledAfterMs / 1_000).toFixed(1)} s after the last exit.`,
  ];
}

async function main(): Promise<number> {
  try {
    const options = readEvacuationOptions(process.argv.slice(2), process.env);
    if (options !== 'help') return await evacuate(options);
    process.stdout.write(EVACUATION_HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

// Not process.exitCode: a race that was lost may still hold a timer or a socket.
process.exit(await main());
