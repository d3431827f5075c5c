import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Piscina } from 'piscina';
import { messageOf, ProducerError } from '../api/errors.js';

const FILE = './put-records-worker.js';
/** Export of this package with the same script. */
const EXPORT = 'kinesis-producer-lite/worker';

/**
 * Script of the threads. A bundler merges this file into another one, so the script is beside this file, beside the
 * bundle, or in a package that is installed next to the bundle.
 * @throws {ProducerError} WORKER_NOT_FOUND
 */
export function findWorker(): string {
  // A bundle in the CommonJS format has no import.meta.
  const here = import.meta.url ?? pathToFileURL(__filename).href;
  const beside = fileURLToPath(new URL(FILE, here));
  if (existsSync(beside)) return beside;
  try {
    return createRequire(here).resolve(EXPORT);
  } catch (error) {
    throw new ProducerError('WORKER_NOT_FOUND', `There is no ${beside}, and no package with ${EXPORT}.`, {
      cause: error,
    });
  }
}

/**
 * Piscina as the worker finds it. Not imported: piscina loads files of its own, so it does not work within a bundle.
 * @throws {ProducerError} WORKER_NOT_FOUND
 */
export function loadPiscina(worker: string): typeof Piscina {
  try {
    const module: { Piscina: typeof Piscina } = createRequire(worker)('piscina');
    return module.Piscina;
  } catch (error) {
    throw new ProducerError('WORKER_NOT_FOUND', `${worker} finds no package piscina: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}
