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
import { fileURLToPath } from 'node:url';
import { OptionError } from '@swipegate/terminal/options';
import { type BenchRun, readCommandLine } from './measure/command-line.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Runs the benchmarks. @returns exit code */
async function runAll({ benchmarks, flags }: BenchRun): Promise<number> {
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
    running = spawn(process.execPath, [`${folder}${name}.js`, ...flags], {
      stdio: 'inherit',
      // The README lists the supported Node versions; the SDK's warning would appear in every thread.
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env },
    });
    const [code] = await once(running, 'exit');
    if (code !== 0) failed += 1;
  }
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
