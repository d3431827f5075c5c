/**
 * Runs benchmarks one after the other, each in its own process.
 *
 *     npm run bench                     all of them
 *     npm run bench -- producer --json  the named ones; the last line of each is one JSON object
 *
 * Every benchmark gets everything from the first option on. The exit code is 1 if one of them failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printableText } from '@swipegate/terminal/fit';
import { nearest } from '@swipegate/terminal/nearest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.js') && file !== basename(fileURLToPath(import.meta.url)))
  .map((file) => file.slice(0, -'.js'.length))
  .sort();
const args = process.argv.slice(2);
const firstFlag = args.findIndex((argument) => argument.startsWith('-'));
const [named, flags] = firstFlag < 0 ? [args, []] : [args.slice(0, firstFlag), args.slice(firstFlag)];
if (named.length === 0 && (flags.includes('--help') || flags.includes('-h'))) {
  process.stdout.write(
    `npm run bench -- [NAME ...] [options]; NAME --help shows the options of a benchmark. Benchmarks: ${known.join(', ')}.\n`,
  );
  process.exit(0);
}
const unknown = named.find((name) => !known.includes(name));
if (unknown !== undefined) {
  const meant = nearest(unknown, known);
  const advice = meant === undefined ? ` Benchmarks: ${known.join(', ')}.` : ` Did you mean ${meant}?`;
  process.stderr.write(printableText(`There is no benchmark ${unknown}.${advice} See npm run bench -- --help.\n`));
  process.exit(2);
}

// Each benchmark stops its own child processes when it ends.
let running: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exit(1);
  });
}

let failed = 0;
for (const name of named.length > 0 ? named : known) {
  process.stderr.write(`\n== ${name}\n`);
  running = spawn(process.execPath, [`${folder}${name}.js`, ...flags], {
    stdio: 'inherit',
    // The README lists the supported Node versions; the SDK's warning would appear in every thread.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env },
  });
  const [code] = await once(running, 'exit');
  // An invalid option: the other benchmarks would refuse it too.
  if (code === 2) process.exit(2);
  if (code !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
