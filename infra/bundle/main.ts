/** `npm run bundle`: dist-lambda/NAME/index.mjs of every function, dist-gateway/bin/main.js, and how large each is. */
import { relative } from 'node:path';
import { bundle, functionNames } from './bundle.js';
import { bundleGateway } from './bundle-gateway.js';

const OUTDIR = 'dist-lambda';
const GATEWAY_OUTDIR = 'dist-gateway';

function say(file: string, bytes: number): void {
  process.stdout.write(`${file.padEnd(40)}${(bytes / 1024).toFixed(0).padStart(6)} KB\n`);
}

for (const name of functionNames()) {
  const { file, bytes } = await bundle(name, OUTDIR);
  say(relative('', file), bytes);
}
say(`${GATEWAY_OUTDIR}/bin`, await bundleGateway(GATEWAY_OUTDIR));
