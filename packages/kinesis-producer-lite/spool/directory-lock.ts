import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ProducerError } from '../api/errors.js';

/** Socket addresses are limited to 108 bytes, on some systems to 104. */
const LONGEST_ADDRESS = 100;

/**
 * Locks a directory against other producers while this process lives. The lock is a listening socket: it stops
 * answering when the process is killed. A process id in a file may be reused by another process.
 * @returns function that releases the lock
 * @throws {ProducerError} SPOOL_LOCKED
 * @throws {Error} if no socket can be created
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const address = addressOf(directory);
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = await listen(address);
    if (server !== undefined) return () => close(server);
    if (await answers(address)) break;
    await removeSocket(address);
  }
  throw new ProducerError('SPOOL_LOCKED', `Another producer is using the spool directory ${directory}.`);
}

function addressOf(directory: string): string {
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\kinesis-producer-lite-${name}`;
  const inside = join(resolve(directory), 'lock');
  return Buffer.byteLength(inside) <= LONGEST_ADDRESS ? inside : join(tmpdir(), `kinesis-producer-lite-${name}`);
}

/** @returns undefined if the address is taken, by a live process or a dead one */
async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  server.listen(address);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** Removes what a killed process left. Anything but a socket is not ours. */
async function removeSocket(address: string): Promise<void> {
  try {
    if (!(await lstat(address)).isSocket()) throw new Error(`${address} is not a socket: move it away`);
    await unlink(address);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Errors that prove that no process listens. Other errors, such as EAGAIN for a full queue, do not. */
const NOT_LISTENING: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

async function answers(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !NOT_LISTENING.has(codeOf(error));
  } finally {
    socket.destroy();
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
