import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, lockDirectory } from './directory-lock.js';

/** A local disk answers at once. A network disk whose server is gone may never answer. */
const OPEN_TIMEOUT_MS = 10_000;

type Make = (directory: string) => Promise<unknown>;

const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Creates a directory if it is missing, locks it, and checks that files can be created in it. Accepts a full disk: the
 * records on it must reach the stream.
 * @returns function that releases the lock
 * @throws {ProducerError} SPOOL_LOCKED
 * @throws {Error} of the file system, or if it does not answer in time
 */
export async function openDirectory(
  directory: string,
  make: Make = mkdir,
  timeoutMs = OPEN_TIMEOUT_MS,
): Promise<() => Promise<void>> {
  const opening = makeAndLock(resolve(directory), make);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    const error = new Error(`The file system did not answer within ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([opening, expired]);
  } catch (error) {
    // It may still succeed, too late.
    opening.then((unlock) => unlock()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function makeAndLock(directory: string, make: Make): Promise<() => Promise<void>> {
  await makeDirectory(directory, make);
  const unlock = await lockDirectory(directory);
  try {
    await tryToWrite(directory);
    return unlock;
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Unlike Node's recursive mkdir, ends with an error where nothing can be created, such as in /proc. */
async function makeDirectory(directory: string, make: Make, hasParent = false): Promise<void> {
  try {
    await make(directory);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(directory)).isDirectory()) return;
    const parent = dirname(directory);
    if (codeOf(error) !== 'ENOENT' || hasParent || parent === directory) throw error;
    await makeDirectory(parent, make);
    await makeDirectory(directory, make, true);
  }
}

async function tryToWrite(directory: string): Promise<void> {
  const file = join(directory, 'write-test');
  try {
    await rm(file, { force: true });
    await (await open(file, 'wx', 0o600)).close();
    await rm(file, { force: true });
  } catch (error) {
    if (!DISK_FULL.has(codeOf(error))) throw error;
  }
}
