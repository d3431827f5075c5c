import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. This file runs as infra/dist/local/processes/bundled.js. */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * File that loads a compiled module fastest: its copy in the folder LOCAL_BUNDLES, where bundleProcesses has put it,
 * or else the module itself.
 */
export function bundled(module: string | URL): string {
  const file = fileURLToPath(module);
  const folder = process.env['LOCAL_BUNDLES'];
  if (folder === undefined || folder === '') return file;
  const copy = join(folder, relative(ROOT, file));
  return existsSync(copy) ? copy : file;
}
