import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@swipegate/terminal/message-of';

export interface SpoolSettings {
  directory: string;
  /** Most bytes that wait on disk. */
  maxBytes: number;
  /** Bytes after which a new file begins. Default: 1 MiB. */
  segmentBytes?: number;
  /** Called for each line that cannot be read: the disk has changed it. */
  onDamaged?: (line: string) => void;
}

/** A stored value. */
export interface Entry {
  value: unknown;
  segment: number;
  /** Offset of its end in its file, bytes. */
  end: number;
  /** Resolves to true if the value needs no sending any more. Absent after a restart. */
  settled?: Promise<boolean>;
}

export class SpoolError extends Error {
  override readonly name = 'SpoolError';
  readonly code: 'SPOOL_FULL' | 'SPOOL_UNAVAILABLE';

  constructor(code: SpoolError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Append {
  line: Buffer;
  value: unknown;
  settled: Promise<boolean> | undefined;
  resolve: () => void;
  reject: (error: SpoolError) => void;
}

const SEGMENT_BYTES = 1_048_576;
const NAME = /^(\d{10})\.log$/;
const POSITION = 'position.json';
const PARKED = 'parked.log';
const OLD_PARKED = 'parked.old.log';
const MOST_PARKED_BYTES = 16 * SEGMENT_BYTES;

/**
 * A queue on disk, in order. A value counts as stored once its file is synced. Each line is a checksum and JSON, so that a
 * line which a power cut has torn is not taken for a value. Files are only ever appended to, and removed once all of their
 * values are sent. `position.json` names the first value that is not sent yet. Without it, values are sent again.
 */
export class Spool {
  readonly #settings: Required<SpoolSettings>;
  /** Lengths of the files that exist, by number, in order. */
  readonly #segments = new Map<number, number>();
  /** The file that is written to, and its values that are not sent. */
  #active: { segment: number; file: FileHandle; entries: Entry[] } | undefined;
  #next = 1;
  #position = { segment: 0, offset: 0 };
  /** Values of the oldest file, if it is not the active one. */
  #loaded: { segment: number; entries: Entry[] } | undefined;
  #appends: Append[] = [];
  #working: Promise<void> | undefined;
  readonly #settled = new Map<string, Promise<boolean>>();
  /** Values that can never be taken since the start. */
  parked = 0;

  private constructor(settings: Required<SpoolSettings>) {
    this.#settings = settings;
  }

  /** Opens the queue and finds what a former run left. The caller makes sure that no other process uses the directory. */
  static async open(settings: SpoolSettings): Promise<Spool> {
    const { directory } = settings;
    const spool = new Spool({ segmentBytes: SEGMENT_BYTES, onDamaged: () => undefined, ...settings });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const position = await positionIn(directory);
    for (const name of (await readdir(directory)).sort()) {
      const segment = Number(NAME.exec(name)?.[1]);
      if (Number.isNaN(segment)) continue;
      const { size } = await stat(join(directory, name));
      spool.#segments.set(segment, size);
      spool.#next = segment + 1;
    }
    const [oldest = 0] = spool.#segments.keys();
    spool.#position = position.segment >= oldest ? position : { segment: oldest, offset: 0 };
    for (const segment of spool.#segments.keys()) if (segment < spool.#position.segment) await spool.#remove(segment);
    // A number that was in use never comes back: the position would hide its values.
    spool.#next = Math.max(spool.#next, position.segment + 1);
    return spool;
  }

  /** Bytes on disk. */
  get bytes(): number {
    let bytes = 0;
    for (const length of this.#segments.values()) bytes += length;
    return bytes;
  }

  /**
   * Stores a value behind all others. Resolves once it is on disk.
   * @param settled resolves to true if the value is durable elsewhere by then: it is not sent. Must not reject.
   * @throws {SpoolError} SPOOL_FULL, or SPOOL_UNAVAILABLE if the disk fails
   */
  append(value: unknown, settled?: Promise<boolean>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#appends.push({ line: lineOf(value), value, settled, resolve, reject });
      this.#working ??= this.#drain();
    });
  }

  /** Returns the oldest values that are not sent, at most `most` of them. @throws if the disk fails */
  async peek(most: number): Promise<Entry[]> {
    for (const segment of [...this.#segments.keys()]) {
      const entries = (await this.#entriesOf(segment)).slice(0, most);
      if (entries.length > 0) return entries;
      if (segment === this.#active?.segment) return [];
      await this.#remove(segment);
    }
    return [];
  }

  /** Forgets a value and all before it. @param entry of the last {@link peek} */
  async release({ segment, end }: Entry): Promise<void> {
    const entries = await this.#entriesOf(segment);
    const count = entries.findIndex((entry) => entry.end > end);
    for (const done of entries.splice(0, count === -1 ? entries.length : count)) this.#settled.delete(keyOf(done));
    this.#position = { segment, offset: end };
    const { directory, segmentBytes } = this.#settings;
    const active = this.#active;
    // Nothing is waiting: the file has served.
    if (active?.segment === segment && entries.length === 0 && end >= segmentBytes / 4) await this.#seal();
    if (segment !== this.#active?.segment && entries.length === 0) await this.#remove(segment);
    // Not synced: an older position only sends again.
    const file = join(directory, POSITION);
    await writeFile(`${file}.new`, JSON.stringify(this.#position), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  /** Keeps a value that can never be sent, with the reason, in `parked.log`. @throws if the disk fails */
  async park(value: unknown, reason: string): Promise<void> {
    const file = join(this.#settings.directory, PARKED);
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size > MOST_PARKED_BYTES) await rename(file, join(this.#settings.directory, OLD_PARKED));
    const parked = { parkedAt: new Date().toISOString(), reason, value };
    await writeFile(file, lineOf(parked), { flag: 'a', mode: 0o600, flush: true });
    this.parked += 1;
  }

  /** Puts all values of `parked.log` back into the queue. @returns their number @throws {SpoolError} */
  async unpark(): Promise<number> {
    const file = join(this.#settings.directory, PARKED);
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    const values = linesIn(bytes, this.#settings.onDamaged).flatMap(({ value }) =>
      typeof value === 'object' && value !== null && 'value' in value ? [value.value] : [],
    );
    await Promise.all(values.map((value) => this.append(value)));
    if (bytes.length > 0) await unlink(file);
    return values.length;
  }

  /** Waits for writes that have begun. Values that are not sent stay for the next run. */
  async close(): Promise<void> {
    while (this.#working) await this.#working;
    await this.#seal();
  }

  async #drain(): Promise<void> {
    // Values of one turn of the event loop share a sync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#appends.length > 0) {
      const appends = this.#appends;
      this.#appends = [];
      await this.#write(appends);
    }
    // In the same turn as the look at #appends: nothing can be left behind.
    this.#working = undefined;
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const block = Buffer.concat(appends.map(({ line }) => line));
    const { maxBytes } = this.#settings;
    if (this.bytes + block.length > maxBytes) {
      const full = new SpoolError('SPOOL_FULL', `The spool holds ${this.bytes} bytes of ${maxBytes}.`);
      for (const { reject } of appends) reject(full);
      return;
    }
    try {
      const active = await this.#activeFor(block.length);
      const start = this.#segments.get(active.segment) ?? 0;
      this.#segments.set(active.segment, start + block.length);
      await active.file.appendFile(block);
      await active.file.datasync();
      let end = start;
      for (const { line, value, settled, resolve } of appends) {
        end += line.length;
        const entry: Entry = { value, segment: active.segment, end, ...(settled === undefined ? {} : { settled }) };
        if (settled !== undefined) this.#settled.set(keyOf(entry), settled);
        active.entries.push(entry);
        resolve();
      }
    } catch (error) {
      // What the failed write has left is a torn line, or values that are sent twice.
      await this.#seal().catch(() => undefined);
      const text = `The spool cannot write: ${messageOf(error)}.`;
      const failure = new SpoolError('SPOOL_UNAVAILABLE', text, { cause: error });
      for (const { reject } of appends) reject(failure);
    }
  }

  async #activeFor(bytes: number) {
    const { directory, segmentBytes } = this.#settings;
    const active = this.#active;
    if (active !== undefined && (this.#segments.get(active.segment) ?? 0) + bytes <= segmentBytes) return active;
    await this.#seal();
    const segment = this.#next++;
    // A file of a former run is never written to: its end may be torn.
    const file = await open(join(directory, nameOf(segment)), 'ax', 0o600);
    this.#segments.set(segment, 0);
    this.#active = { segment, file, entries: [] };
    await syncDirectory(directory);
    return this.#active;
  }

  /** Ends the active file. Its values are read from disk from now on. */
  async #seal(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    await active?.file.close();
  }

  async #entriesOf(segment: number): Promise<Entry[]> {
    if (segment === this.#active?.segment) return this.#active.entries;
    if (segment === this.#loaded?.segment) return this.#loaded.entries;
    const bytes = await readFile(join(this.#settings.directory, nameOf(segment)));
    // The active file may have ended while it was read: its values are all in it.
    const sentTo = segment === this.#position.segment ? this.#position.offset : 0;
    // A position that is no end of a line is of a file that the disk has changed.
    const from = sentTo === 0 || bytes[sentTo - 1] === NEWLINE ? sentTo : 0;
    const entries = linesIn(bytes.subarray(from), this.#settings.onDamaged).map(({ value, end }): Entry => {
      const entry = { value, segment, end: from + end };
      const settled = this.#settled.get(keyOf(entry));
      return settled === undefined ? entry : { ...entry, settled };
    });
    this.#loaded = { segment, entries };
    return entries;
  }

  async #remove(segment: number): Promise<void> {
    this.#segments.delete(segment);
    if (this.#loaded?.segment === segment) this.#loaded = undefined;
    // A file that cannot be removed is sent again after a restart.
    await unlink(join(this.#settings.directory, nameOf(segment))).catch(() => undefined);
  }
}

const NEWLINE = 0x0a;

function nameOf(segment: number): string {
  return `${String(segment).padStart(10, '0')}.log`;
}

function keyOf({ segment, end }: Entry): string {
  return `${segment}/${end}`;
}

function checksumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}

function lineOf(value: unknown): Buffer {
  const json = JSON.stringify(value);
  return Buffer.from(`${checksumOf(json)} ${json}\n`);
}

/** Values of whole lines with the offsets of their ends, bytes. The rest of a torn line is left out. */
function linesIn(bytes: Buffer, onDamaged: (line: string) => void): { value: unknown; end: number }[] {
  const found: { value: unknown; end: number }[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const line = bytes.toString('utf8', start, end);
    start = end + 1;
    const json = line.slice(17);
    if (line.slice(0, 17) === `${checksumOf(json)} `) found.push({ value: JSON.parse(json), end: start });
    else onDamaged(line);
  }
  return found;
}

async function positionIn(directory: string): Promise<{ segment: number; offset: number }> {
  try {
    const position: unknown = JSON.parse(await readFile(join(directory, POSITION), 'utf8'));
    if (typeof position === 'object' && position !== null && 'segment' in position && 'offset' in position) {
      const { segment, offset } = position;
      if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset)) {
        return { segment: Number(segment), offset: Number(offset) };
      }
    }
  } catch {
    // Missing or torn: everything that is left is sent again.
  }
  return { segment: 0, offset: 0 };
}

/** Makes the name of a new file durable. Systems that cannot open a directory do not need it. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
