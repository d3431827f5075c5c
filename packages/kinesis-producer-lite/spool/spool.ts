import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ProducerError } from '../api/errors.js';
import { HEADER_BYTES, readEntry, writeEntry } from './entry-format.js';
import { openDirectory } from './open-directory.js';
import { DISK, recover, Segment, type SpoolEntry, type SpoolFiles, segmentName } from './segment.js';

/** Records to write: an aggregate without digest. */
export interface SpoolRecords {
  bytes: Uint8Array;
  start: bigint;
  end: bigint;
}

export interface SpoolSettings {
  directory: string;
  maxBytes: number;
  /** Size at which a new file is started, in bytes. */
  segmentBytes: number;
}

interface Append {
  records: readonly SpoolRecords[];
  resolve(entries: SpoolEntry[]): void;
  reject(error: ProducerError): void;
}

/**
 * Records on disk, in append-only segment files. Appends made while the disk is busy share one write and one fsync. A
 * file is removed as soon as all its records are in the stream.
 */
export class Spool {
  /** Entries left by an earlier run, oldest first. */
  readonly left: readonly SpoolEntry[];
  /** See {@link Recovered.tornBytes}. */
  readonly tornBytes: number;
  readonly #settings: SpoolSettings;
  readonly #files: SpoolFiles;
  readonly #unlock: () => Promise<void>;
  readonly #segments: Set<Segment>;
  #nextSegment: number;
  #nextId: number;
  #active: Segment | undefined;
  #appends: Append[] = [];
  /** Entries in the stream that no file marks as stored yet. */
  #stored: SpoolEntry[] = [];
  #working: Promise<void> | undefined;

  private constructor(
    settings: SpoolSettings,
    files: SpoolFiles,
    unlock: () => Promise<void>,
    { segments, entries, nextSegment, nextId, tornBytes }: Awaited<ReturnType<typeof recover>>,
  ) {
    this.#settings = settings;
    this.#files = files;
    this.#unlock = unlock;
    this.#segments = new Set(segments);
    this.#nextSegment = nextSegment;
    this.#nextId = nextId;
    this.left = entries;
    this.tornBytes = tornBytes;
  }

  /**
   * Opens a directory, and creates it if it is missing.
   * @throws {ProducerError} SPOOL_LOCKED; SPOOL_UNAVAILABLE if it cannot be read or written
   */
  static async open(settings: SpoolSettings, files: SpoolFiles = DISK): Promise<Spool> {
    const { directory } = settings;
    let unlock: (() => Promise<void>) | undefined;
    try {
      unlock = await openDirectory(directory);
      return new Spool(settings, files, unlock, await recover(directory, files));
    } catch (error) {
      await unlock?.();
      if (error instanceof ProducerError) throw error;
      const detail = `The spool directory ${directory} cannot be used: ${messageOf(error)}.`;
      throw new ProducerError('SPOOL_UNAVAILABLE', detail, { cause: error });
    }
  }

  get bytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.length;
    return bytes;
  }

  /**
   * Writes records in order. Resolves once they are on disk.
   * @throws {ProducerError} SPOOL_UNAVAILABLE if the disk is full, fails, or maxBytes is reached; none of them is kept
   * then
   */
  append(records: readonly SpoolRecords[]): Promise<SpoolEntry[]> {
    return new Promise((resolve, reject) => {
      this.#appends.push({ records, resolve, reject });
      this.#work();
    });
  }

  /** Reads the records of an entry. Undefined if they are damaged. Rejects if the file cannot be read. */
  async read({ segment, offset, length }: SpoolEntry): Promise<Buffer | undefined> {
    const bytes = await segment.read(offset - HEADER_BYTES, HEADER_BYTES + length);
    return readEntry(bytes, 0) && bytes.subarray(HEADER_BYTES);
  }

  /** One part of the entry is in the stream. */
  release(entry: SpoolEntry): void {
    entry.parts -= 1;
    if (entry.parts > 0) return;
    entry.segment.live -= 1;
    this.#stored.push(entry);
    this.#work();
  }

  /** Waits for pending writes and releases the lock. Entries not in the stream stay for the next run. */
  async close(): Promise<void> {
    while (this.#working) await this.#working;
    await Promise.all(Array.from(this.#segments, (segment) => segment.close()));
    await this.#unlock();
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
      // A caller that heard of its entry may have appended another one after the drain looked last.
      if (this.#appends.length > 0 || this.#stored.length > 0) this.#work();
    });
  }

  async #drain(): Promise<void> {
    // Appends of one turn of the event loop share a commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#appends.length > 0 || this.#stored.length > 0) {
      const appends = this.#appends;
      const stored = this.#stored;
      this.#appends = [];
      this.#stored = [];
      await this.#commit(appends, stored);
      await this.#removeFinished();
    }
  }

  async #commit(appends: readonly Append[], stored: readonly SpoolEntry[]): Promise<void> {
    const all = appends.flatMap(({ records }) => records);
    const size = all.reduce((sum, { bytes }) => sum + HEADER_BYTES + bytes.length, stored.length * HEADER_BYTES);
    // Without live entries all files are about to be removed: no need to mark anything as stored.
    if (all.length === 0 && this.#isIdle()) return;
    try {
      if (all.length > 0 && this.bytes + size > this.#settings.maxBytes) {
        throw new Error(`spool.maxBytes is ${this.#settings.maxBytes}`);
      }
      const segment = await this.#segmentFor(size);
      const block = Buffer.allocUnsafe(size);
      let at = 0;
      for (const { id, start, end } of stored) at = writeEntry(block, at, { kind: 'stored', id, start, end }, NOTHING);
      const placed = appends.map(({ records }) =>
        records.map(({ bytes, start, end }): SpoolEntry => {
          const id = this.#nextId++;
          const offset = segment.length + at + HEADER_BYTES;
          at = writeEntry(block, at, { kind: 'records', id, start, end }, bytes);
          return { id, start, end, segment, offset, length: bytes.length, parts: 1 };
        }),
      );
      await segment.append(block, all.length > 0);
      segment.live += all.length;
      for (const entry of stored) if (entry.segment !== segment) segment.mentions.add(entry.segment);
      appends.forEach(({ resolve }, i) => {
        resolve(placed[i] ?? []);
      });
    } catch (error) {
      const failure = new ProducerError('SPOOL_UNAVAILABLE', `The spool cannot write records: ${messageOf(error)}.`, {
        cause: error,
      });
      // A lost `stored` mark is harmless: the records are sent again after a restart.
      for (const { reject } of appends) reject(failure);
    }
  }

  #isIdle(): boolean {
    for (const { live } of this.#segments) if (live > 0) return false;
    return true;
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const { directory, segmentBytes } = this.#settings;
    const active = this.#active;
    if (active && !active.sealed && (active.length === 0 || active.length + bytes <= segmentBytes)) return active;
    if (active) active.sealed = true;
    const segment = new Segment(join(directory, segmentName(this.#nextSegment++)), this.#files);
    this.#segments.add(segment);
    this.#active = segment;
    // Sync the directory, too, so that the file's name is durable. Systems that cannot open a directory do not need it.
    await segment.append(Buffer.alloc(0), false);
    const handle = await open(directory).catch(() => undefined);
    await handle?.sync().catch(() => undefined);
    await handle?.close();
    return segment;
  }

  async #removeFinished(): Promise<void> {
    for (const segment of this.#segments) {
      if (segment.live > 0 || Array.from(segment.mentions).some((other) => this.#segments.has(other))) continue;
      if (segment === this.#active) this.#active = undefined;
      this.#segments.delete(segment);
      // If removal fails, the next start reads the file again and sends its records twice.
      await segment.remove().catch(() => undefined);
    }
  }
}

const NOTHING = new Uint8Array();
