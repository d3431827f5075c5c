import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Type from 'typebox';
import { ServiceError } from '../../protocol/service-error.js';

/** Data of one version of an object. */
export const Blob = Type.Object({
  file: Type.String({ description: 'Name in the folder' }),
  size: Type.Number(),
  md5: Type.String({ description: 'Hex' }),
  crc32: Type.String({ description: 'Base64, as are the following checksums' }),
  sha1: Type.String(),
  sha256: Type.String(),
});
export type Blob = Type.Static<typeof Blob>;

/** Files with the objects' data. Their names are random: a key never becomes a path. */
export class Blobs {
  readonly folder: string;
  readonly #settle: () => Promise<void>;

  private constructor(folder: string, settle: () => Promise<void>) {
    this.folder = folder;
    this.#settle = settle;
  }

  /** Creates a new folder within `folder`, so files of other processes are not touched. */
  static async open(folder: string): Promise<Blobs> {
    await mkdir(folder, { recursive: true });
    return new Blobs(await mkdtemp(join(folder, 'swipegate-objects-')), async () => undefined);
  }

  /**
   * Opens a folder that stays, and removes files that no object has: a killed process left them.
   * @param settle resolves when no kept object refers to a removed file
   */
  static async reopen(folder: string, files: ReadonlySet<string>, settle: () => Promise<void>): Promise<Blobs> {
    await mkdir(folder, { recursive: true });
    for (const file of await readdir(folder)) if (!files.has(file)) await rm(join(folder, file), { force: true });
    return new Blobs(folder, settle);
  }

  /** Streams a body to a file; removes the file if the body fails midway. */
  async store(body: AsyncIterable<Uint8Array>): Promise<Blob> {
    const file = randomUUID();
    const path = join(this.folder, file);
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
      await pipeline(measured(), createWriteStream(path));
    } catch (error) {
      await rm(path, { force: true });
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
      return await open(join(this.folder, file));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes a file. Reads that have already opened it can finish. */
  async remove({ file }: Blob): Promise<void> {
    await this.#settle();
    await rm(join(this.folder, file), { force: true });
  }

  async removeAll(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Supported checksums, by header. */
const COMPUTED = {
  'x-amz-checksum-crc32': ({ crc32 }: Blob) => crc32,
  'x-amz-checksum-sha1': ({ sha1 }: Blob) => sha1,
  'x-amz-checksum-sha256': ({ sha256 }: Blob) => sha256,
  'content-md5': ({ md5 }: Blob) => Buffer.from(md5, 'hex').toString('base64'),
};

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
/** @param sent returns a header, trailer or form field of the request @throws {ServiceError} BadDigest */
export function checkChecksums(blob: Blob, sent: (name: string) => string | undefined): void {
  for (const [name, compute] of Object.entries(COMPUTED)) {
    const value = sent(name);
    if (value !== undefined && value !== compute(blob)) {
      throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}

const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
});

/** Incremental CRC-32. Node has `zlib.crc32` only since 20.15. */
class Crc32 {
  #state = 0xffffffff;

  update(bytes: Uint8Array): void {
    let state = this.#state;
    for (const byte of bytes) state = (state >>> 8) ^ (TABLE[(state ^ byte) & 0xff] ?? 0);
    this.#state = state;
  }

  /** Returns S3's format: four bytes, big-endian, in base64. */
  digest(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((this.#state ^ 0xffffffff) >>> 0);
    return bytes.toString('base64');
  }
}
