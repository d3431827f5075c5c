import { PassThrough } from 'node:stream';
import type { CommandIo } from '../command.js';

/** I/O of a command that writes to pipes instead of a terminal. */
export function pipe(): { io: CommandIo; stdout(): string; stderr(): string } {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const text = (stream: PassThrough) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  };
  return { io: { ...streams, env: {} }, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}
