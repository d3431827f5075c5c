/**
 * `npm run dev -- [options of npm start]`: compiles after each change of a source file and restarts the local product
 * if the compile has no errors. Ctrl-C stops both.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@swipegate/aws/environment';
import { OptionError } from '@swipegate/terminal/options';
import { readOptions } from './options.js';

const START = fileURLToPath(new URL('./start.js', import.meta.url));
const COMPILER = 'node_modules/typescript/bin/tsc';
const FOLDERS = ['packages', 'gateway', 'lambdas', 'simulator', 'infra', 'benchmarks'];
/** Editors write a file in several steps, ms. */
const SETTLE_MS = 200;

const options = process.argv.slice(2);
try {
  // Before the first compile, which takes long.
  readOptions(options, process.env);
} catch (error) {
  if (!(error instanceof OptionError || error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
let product: ChildProcess | undefined;
let work = Promise.resolve();
let timer: NodeJS.Timeout | undefined;
let stopping = false;

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

async function stopProduct(): Promise<void> {
  if (product === undefined || product.exitCode !== null || product.signalCode !== null) return;
  const exited = once(product, 'exit');
  product.kill('SIGINT');
  await exited;
}

async function compileAndRestart(): Promise<void> {
  if (stopping) return;
  say('Compiling …');
  const compiler = spawn(process.execPath, [COMPILER, '-b', '--pretty'], { stdio: 'inherit' });
  const [code] = await once(compiler, 'exit');
  if (stopping) return;
  if (code !== 0) return say('The compile has errors. The product keeps running the last good code.');
  await stopProduct();
  // Without bundles, a debugger finds the files that it has breakpoints for.
  const env = { LOCAL_BUNDLES: '', ...process.env };
  product = spawn(process.execPath, [START, ...options], { stdio: 'inherit', env });
}

const watchers = FOLDERS.map((folder) =>
  watch(folder, { recursive: true }, (_event, path) => {
    if (path === null || !path.endsWith('.ts') || /(^|[\\/])(dist|node_modules|test)[\\/]/.test(path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      work = work.then(compileAndRestart);
    }, SETTLE_MS);
  }),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    work = work.then(stopProduct);
  });
}
work = work.then(compileAndRestart);
