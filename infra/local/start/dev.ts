/** `npm run dev -- [options of npm start]`: compiles on every change and, without errors, restarts the product. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('./start.js', import.meta.url));
const COMPILED = /Found (\d+) errors?\./;

const options = process.argv.slice(2);
const compiler = spawn('npx', ['--no-install', 'tsc', '-b', '--watch', '--preserveWatchOutput'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let product: ChildProcess | undefined;
let restart = Promise.resolve();
let stopping = false;

async function stopProduct(): Promise<void> {
  if (product === undefined || product.exitCode !== null || product.signalCode !== null) return;
  const exited = once(product, 'exit');
  product.kill('SIGINT');
  await exited;
}

async function startProduct(): Promise<void> {
  await stopProduct();
  if (!stopping) product = spawn(process.execPath, [START, ...options], { stdio: 'inherit' });
}

let line = '';
compiler.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk);
  line = `${line}${chunk.toString()}`.slice(-200);
  const errors = COMPILED.exec(line)?.[1];
  if (errors === undefined) return;
  line = '';
  if (errors === '0') restart = restart.then(startProduct);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping = true;
    compiler.kill('SIGTERM');
    restart = restart.then(stopProduct);
  });
}
await once(compiler, 'exit');
await restart;
