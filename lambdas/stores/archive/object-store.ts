import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** The part of a bucket that the archive uses. */
export interface ObjectStore {
  /** Writes a whole object, replacing an existing one. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Keys that begin with `prefix` and come after `startAfter`, in the order of UTF-8 bytes. */
  list(prefix: string, startAfter?: string): AsyncIterable<string>;
  /** Rejects if the object does not exist. */
  get(key: string): Promise<Uint8Array>;
}

export class ObjectEmptyError extends Error {
  override readonly name = 'ObjectEmptyError';
  readonly code = 'OBJECT_EMPTY';
}

/** An S3 bucket. All methods throw what the SDK throws. */
export class S3ObjectStore implements ObjectStore {
  readonly #s3: S3Client;
  readonly #bucket: string;

  /** @param s3 owned by the caller: it is not destroyed here */
  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes }));
  }

  /** Order (general purpose buckets): https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
  async *list(prefix: string, startAfter?: string): AsyncIterable<string> {
    const pages = paginateListObjectsV2(
      { client: this.#s3 },
      { Bucket: this.#bucket, Prefix: prefix, StartAfter: startAfter },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key } of Contents) if (Key !== undefined) yield Key;
    }
  }

  /** @throws {ObjectEmptyError} for an answer without a body */
  async get(key: string): Promise<Uint8Array> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    if (Body === undefined)
      throw new ObjectEmptyError(`The answer for ${key} in bucket ${this.#bucket} has no content.`);
    return Body.transformToByteArray();
  }
}
