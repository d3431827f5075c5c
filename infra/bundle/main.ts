/** Last step of `npm run build`: writes dist-lambda/, dist-gateway/ and dist-console/, and prints their sizes. */
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { runWithoutOptions } from '../without-options.js';
import { bundle, functionNames } from './bundle.js';
import { bundleConsole } from './bundle-console.js';
import { bundleGateway } from './bundle-gateway.js';
import { CONSOLE, GATEWAY, LAMBDAS } from './make-files.js';

const HELP = `npm run build

Compiles, then bundles the functions to ${LAMBDAS}, the gateway to ${GATEWAY}
and the console to ${CONSOLE}. It has no options.
`;

function print(file: string, bytes: number): void {
  process.stdout.write(`${file.padEnd(40)}${(bytes / 1024).toFixed(0).padStart(6)} KB\n`);
}

await runWithoutOptions('build', HELP, async () => {
  // Removes old output, so that files from an earlier version are not deployed.
  for (const folder of [LAMBDAS, GATEWAY, CONSOLE]) await rm(folder, { recursive: true, force: true });
  for (const name of functionNames()) {
    const { file, bytes } = await bundle(name, LAMBDAS);
    print(relative('', file), bytes);
  }
  print(`${GATEWAY}/bin`, await bundleGateway(GATEWAY));
  print(CONSOLE, await bundleConsole(CONSOLE));
});
