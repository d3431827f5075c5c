import { type FileHandle, open, unlink } from 'node:fs/promises';

/** What the spool asks of the file system; tests hand in one that fails. */
export interface SpoolFiles {
  open: typeof open;
  unlink: typeof unlink;
}

export const DISK: SpoolFiles = { open, unlink };

/** One append-only file of the spool. */
export class Segment {
  readonly path: string;
  /** Bytes that are whole entries. */
  length: number;
  /** `records` entries that are not in the stream yet. */
  live = 0;
  /** Segments whose entries this one says to be in the stream. */
  readonly mentions = new Set<Segment>();
  /** Nothing is appended any more. */
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
   * Appends bytes and, if `durable`, waits until the disk has them. When it rejects, the file takes no more: nobody knows
   * what is behind its last whole entry, and what stood there would hide all that came after it.
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

  /** @returns exactly these bytes. Rejects when the file does not have them. */
  async read(offset: number, length: number): Promise<Buffer> {
    this.#handle ??= this.#files.open(this.path, 'r');
    const handle = await this.#handle;
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${this.path} is shorter than it was`);
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
    // What could not be opened need not be closed.
    const handle = await opened?.catch(() => undefined);
    await handle?.close();
  }
}
