import { type FileHandle, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type FoundEntry, readEntry } from './entry-format.js';

/** File system operations of the spool. Tests pass failing ones. */
export interface SpoolFiles {
  open: typeof open;
  unlink: typeof unlink;
}

export const DISK: SpoolFiles = { open, unlink };

/** One append-only file of the spool. */
export class Segment {
  readonly path: string;
  /** Bytes of whole entries. */
  length: number;
  /** Number of `records` entries not yet in the stream. */
  live = 0;
  /** Segments with entries that this segment marks as stored. This one must outlive them. */
  readonly mentions = new Set<Segment>();
  sealed: boolean;
  readonly #files: SpoolFiles;
  #handle: Promise<FileHandle> | undefined;

  constructor(path: string, files: SpoolFiles, found?: { length: number }) {
    this.path = path;
    this.#files = files;
    this.length = found?.length ?? 0;
    this.sealed = found !== undefined;
  }

  /**
   * Appends bytes and, if `durable`, waits for fdatasync. A failed append seals the file: the bytes after its last
   * whole entry are unknown, and would hide every later entry from recovery.
   */
  async append(bytes: Buffer, durable: boolean): Promise<void> {
    this.#handle ??= this.#files.open(this.path, 'wx+', 0o600);
    try {
      const handle = await this.#handle;
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, this.length + done);
        done += bytesWritten;
      }
      if (durable) await handle.datasync();
      this.length += bytes.length;
    } catch (error) {
      this.sealed = true;
      await this.#handle.then((handle) => handle.truncate(this.length)).catch(() => undefined);
      throw error;
    }
  }

  /** Reads exactly `length` bytes. Rejects if the file is shorter. */
  async read(offset: number, length: number): Promise<Buffer> {
    this.#handle ??= this.#files.open(this.path, 'r');
    const handle = await this.#handle;
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${this.path} is truncated`);
      done += bytesRead;
    }
    return bytes;
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#files.unlink(this.path);
  }

  async close(): Promise<void> {
    const opened = this.#handle;
    this.#handle = undefined;
    this.sealed = true;
    // A file that failed to open needs no close.
    const handle = await opened?.catch(() => undefined);
    await handle?.close();
  }
}

export interface SpoolEntry {
  id: number;
  /** Hash key range of the shard that the records were put for, inclusive. */
  start: bigint;
  end: bigint;
  segment: Segment;
  offset: number;
  length: number;
  /** Number of shards that still need some of the records: 1 unless a reshard has split their range. */
  parts: number;
}

const NAME = /^(\d{12})\.segment$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(12, '0')}.segment`;
}

/** State left by an earlier run. */
export interface Recovered {
  segments: Segment[];
  /** Entries not marked as stored, oldest first. */
  entries: SpoolEntry[];
  nextSegment: number;
  nextId: number;
  /** Bytes after the last whole entry of a file: an append that was cut off. Its records were never acknowledged. */
  tornBytes: number;
}

/** Reads every segment of a directory up to its first incomplete entry. Removes files without a live entry. */
export async function recover(directory: string, files: SpoolFiles): Promise<Recovered> {
  const recovered: Recovered = { segments: [], entries: [], nextSegment: 1, nextId: 1, tornBytes: 0 };
  const found = new Map<number, SpoolEntry>();
  const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
  for (const name of names) {
    const path = join(directory, name);
    // Reading a pipe never ends.
    if (!(await stat(path)).isFile()) throw new Error(`${path} is not a file: move it away`);
    const bytes = await readFile(path);
    let at = 0;
    const whole: FoundEntry[] = [];
    for (let entry = readEntry(bytes, at); entry !== undefined; entry = readEntry(bytes, at)) {
      whole.push(entry);
      at = entry.offset + entry.length;
    }
    const segment = new Segment(path, files, { length: at });
    for (const { kind, id, start, end, offset, length } of whole) {
      recovered.nextId = Math.max(recovered.nextId, id + 1);
      if (kind === 'records') found.set(id, { id, start, end, segment, offset, length, parts: 1 });
      else found.delete(id);
    }
    recovered.segments.push(segment);
    recovered.nextSegment = Number(NAME.exec(name)?.[1]) + 1;
    recovered.tornBytes += bytes.length - at;
  }
  recovered.entries = Array.from(found.values()).sort((a, b) => a.id - b.id);
  for (const { segment } of recovered.entries) segment.live += 1;
  for (const segment of recovered.segments) if (segment.live === 0) await segment.remove();
  recovered.segments = recovered.segments.filter(({ live }) => live > 0);
  return recovered;
}
