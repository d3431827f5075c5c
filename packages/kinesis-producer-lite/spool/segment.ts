import { type FileHandle, open, unlink } from 'node:fs/promises';

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
  /** No more appends. */
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
