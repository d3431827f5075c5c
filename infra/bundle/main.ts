/** `npm run bundle`: dist-lambda/NAME/index.mjs of every function, and how large each is. */
import { relative } from 'node:path';
import { bundle, functionNames } from './bundle.js';

const OUTDIR = 'dist-lambda';

for (const name of functionNames()) {
  const { file, bytes } = await bundle(name, OUTDIR);
  process.stdout.write(`${relative('', file).padEnd(40)}${(bytes / 1024).toFixed(0).padStart(6)} KB\n`);
}
