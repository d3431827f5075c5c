/**
 * Runs benchmarks one after the other, each in its own process.
 *
 *     npm run bench                     all of them
 *     npm run bench -- producer --json  the named ones; the last line of each is one JSON object
 *
 * Every benchmark gets all options. The exit code is 1 if one of them failed, and 2 for an invalid option.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OptionError } from '@swipegate/terminal/options';
import { type BenchRun, readCommandLine } from './command-line.js';
import { comparison, lastRelease, ratiosIn } from './ratios.js';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Runs the benchmarks, then compares their ratios with those of the last release. @returns exit code */
async function runAll({ benchmarks, flags }: BenchRun): Promise<number> {
  const isJson = flags.includes('--json');
  const ratios = new Map<string, number>();
  // Each benchmark stops its own child processes when it ends.
  let running: ChildProcess | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      running?.kill(signal);
      process.exit(1);
    });
  }
  let failed = 0;
  for (const name of benchmarks) {
    process.stderr.write(`\n== ${name}\n`);
    const child = spawn(process.execPath, [`${folder}${name}.js`, ...flags, ...(isJson ? [] : ['--json'])], {
      stdio: ['inherit', 'pipe', 'inherit'],
      // The README lists the supported Node versions; the SDK's warning would appear in every thread.
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env },
    });
    running = child;
    const closed = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) {
      const found = ratiosIn(line);
      for (const [benchmark, ratio] of found) ratios.set(benchmark, ratio);
      if (isJson || found.size === 0) process.stdout.write(`${line}\n`);
    }
    const [code] = await closed;
    if (code !== 0) failed += 1;
  }
  const { version, ranges } = lastRelease();
  const measured = new Map(Array.from(ranges).filter(([name]) => benchmarks.some((benchmark) => benchmark === name)));
  // Under --json, stdout has the figures of the benchmarks alone.
  const output = isJson ? process.stderr : process.stdout;
  output.write(`\n${comparison([version, measured], ['now', ratios])}`);
  return failed === 0 ? 0 : 1;
}

try {
  const read = readCommandLine(process.argv.slice(2));
  if (typeof read === 'string') process.stdout.write(read);
  else process.exitCode = await runAll(read);
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
