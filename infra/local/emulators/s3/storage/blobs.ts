import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Crc32 } from './crc32.js';

/** Data of one version of an object, on disk. */
export interface Blob {
  file: string;
  size: number;
  /** Hex. */
  md5: string;
  /** Base64, as are the following checksums. */
  crc32: string;
  sha1: string;
  sha256: string;
}

/** Files with the objects' data. Their names are random: a key never becomes a path. */
export class Blobs {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Creates a new folder within `folder`, so files of other processes are not touched. */
  static async open(folder: string): Promise<Blobs> {
    await mkdir(folder, { recursive: true });
    return new Blobs(await mkdtemp(join(folder, 'swipegate-objects-')));
  }

  /** Streams a body to a file. Removes the file if the body fails midway. */
  async store(body: AsyncIterable<Uint8Array>): Promise<Blob> {
    const file = join(this.folder, randomUUID());
    const [md5, sha1, sha256] = [createHash('md5'), createHash('sha1'), createHash('sha256')];
    const crc32 = new Crc32();
    let size = 0;
    async function* measured(): AsyncGenerator<Uint8Array> {
      for await (const part of body) {
        size += part.length;
        for (const hash of [md5, sha1, sha256, crc32]) hash.update(part);
        yield part;
      }
    }
    try {
      await pipeline(measured(), createWriteStream(file));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    return {
      file,
      size,
      md5: md5.digest('hex'),
      crc32: crc32.digest(),
      sha1: sha1.digest('base64'),
      sha256: sha256.digest('base64'),
    };
  }

  /** Opens a file. @returns undefined if it was removed */
  async read({ file }: Blob): Promise<FileHandle | undefined> {
    try {
      return await open(file);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes a file. Reads that have already opened it can finish. */
  async remove({ file }: Blob): Promise<void> {
    await rm(file, { force: true });
  }

  async removeAll(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
