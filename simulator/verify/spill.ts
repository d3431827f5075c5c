import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { messageOf } from '@swipegate/terminal/message-of';

const compress = promisify(gzip);
const expand = promisify(gunzip);

export class SpillError extends Error {
  override readonly name = 'SpillError';
  readonly code = 'SPILL_FAILED';
}

interface Chunk {
  /** Undefined until written. */
  place: { offset: number; bytes: number } | undefined;
  lines: readonly string[];
}

/** Chunks that may wait for the disk before the spill fails. */
const MOST_WAITING = 64;
const FASTEST = 1;

/** A list of lines: the latest in memory, full chunks in a compressed file. Lines that cannot be written stay in memory. */
export class Spill {
  readonly #options: { directory: string; chunkLines: number };
  readonly #file: string;
  readonly #chunks: Chunk[] = [];
  #handle: FileHandle | undefined;
  #lines: string[] = [];
  #offset = 0;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #error: SpillError | undefined;

  /** @param options folder of the file, and the lines written together */
  constructor(options: { directory: string; chunkLines: number }) {
    this.#options = options;
    this.#file = join(options.directory, `swipegate-ledger-${randomUUID()}`);
  }

  /** Why writing failed. The caller must stop adding lines. */
  get error(): SpillError | undefined {
    return this.#error;
  }

  /** Lines in memory. */
  get held(): number {
    return this.#chunks.reduce((sum, { lines }) => sum + lines.length, this.#lines.length);
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length < this.#options.chunkLines) return;
    const chunk: Chunk = { place: undefined, lines: this.#lines };
    this.#lines = [];
    this.#chunks.push(chunk);
    this.#waiting += 1;
    if (this.#waiting > MOST_WAITING) this.#fail('the disk is too slow for the rate of swipes');
    this.#writing = this.#writing.then(() => this.#write(chunk));
  }

  /** Yields all lines in order, one chunk at a time. @throws {SpillError} SPILL_FAILED when they cannot be read back */
  async *chunks(): AsyncGenerator<readonly string[]> {
    await this.#writing;
    for (const { place, lines } of this.#chunks) yield place === undefined ? lines : await this.#read(place);
    if (this.#lines.length > 0) yield this.#lines;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
    await rm(this.#file, { force: true });
  }

  async #write(chunk: Chunk): Promise<void> {
    try {
      if (this.#error !== undefined) return;
      this.#handle ??= await open(this.#file, 'wx+', 0o600);
      const bytes = await compress(chunk.lines.join('\n'), { level: FASTEST });
      await this.#handle.write(bytes, 0, bytes.length, this.#offset);
      chunk.place = { offset: this.#offset, bytes: bytes.length };
      chunk.lines = [];
      this.#offset += bytes.length;
    } catch (error) {
      this.#fail(messageOf(error));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #read({ offset, bytes }: { offset: number; bytes: number }): Promise<string[]> {
    const buffer = Buffer.allocUnsafe(bytes);
    try {
      const read = await this.#handle?.read(buffer, 0, bytes, offset);
      if (read?.bytesRead !== bytes) throw new Error('it is shorter than the data written to it');
      return (await expand(buffer)).toString().split('\n');
    } catch (error) {
      throw new SpillError(`${this.#file} cannot be read back (${messageOf(error)}).`);
    }
  }

  #fail(reason: string): void {
    this.#error ??= new SpillError(
      `The ledger cannot write to ${this.#options.directory} (${reason}): free space there, set TMPDIR to another folder, or shorten the run.`,
    );
  }
}
