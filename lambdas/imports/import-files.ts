import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import {
  compile,
  ImportRequest,
  ImportResult,
  type ImportUpload,
  MAX_IMPORT_BYTES,
} from '../../gateway/contract/index.js';
import { type ImportPlace, resultKey, uploadKey } from './import-key.js';

const UPLOAD_SECONDS = 600;
/** Metadata of S3 is ASCII; a reason is in anybody's language. */
const REQUEST_HEADER = 'x-amz-meta-request';

const isRequest = compile(ImportRequest);
const isResult = compile(ImportResult);

/** An upload has not the metadata that every upload of ours has. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code = 'UPLOAD_UNSIGNED';
}

/** Files of imports, and their results. */
export class ImportFiles {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /**
   * A form by which a browser may upload one file, to one key, of at most {@link MAX_IMPORT_BYTES}, for some minutes. Who and why
   * is part of what is signed (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).
   */
  async offer(place: ImportPlace, request: ImportRequest, nowMs: number): Promise<ImportUpload> {
    const told = encodeURIComponent(JSON.stringify(request));
    const upload = await createPresignedPost(this.#s3, {
      Bucket: this.#bucket,
      Key: uploadKey(place),
      Fields: { 'Content-Type': 'text/csv', [REQUEST_HEADER]: told },
      Conditions: [
        ['content-length-range', 1, MAX_IMPORT_BYTES],
        ['eq', '$Content-Type', 'text/csv'],
        ['eq', `$${REQUEST_HEADER}`, told],
      ],
      Expires: UPLOAD_SECONDS,
    });
    return {
      importId: place.importId,
      upload,
      expiresAt: new Date(nowMs + UPLOAD_SECONDS * 1_000).toISOString(),
    };
  }

  async isUploaded(place: ImportPlace): Promise<boolean> {
    try {
      await this.#s3.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: uploadKey(place) }));
      return true;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  /** @throws {UploadError} for a file that was not uploaded by an offer of ours, and what the SDK throws */
  async open(place: ImportPlace): Promise<{ request: ImportRequest; body: Readable; bytes: number }> {
    const answer = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: uploadKey(place) }));
    const request = requestOf(answer.Metadata?.['request']);
    const { Body: body } = answer;
    if (request === undefined || !isReadable(body)) {
      throw new UploadError(`The upload ${place.importId} does not say who made it.`);
    }
    return { request, body, bytes: answer.ContentLength ?? 0 };
  }

  async putResult(result: ImportResult): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: resultKey(result),
        Body: JSON.stringify(result),
        ContentType: 'application/json',
      }),
    );
  }

  /** @returns undefined while there is none */
  async result(place: ImportPlace): Promise<ImportResult | undefined> {
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: resultKey(place) }));
      const result: unknown = JSON.parse((await Body?.transformToString()) ?? 'null');
      return isResult(result) ? result : undefined;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

function requestOf(told: string | undefined): ImportRequest | undefined {
  try {
    const request: unknown = JSON.parse(decodeURIComponent(told ?? ''));
    return isRequest(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'pipe' in body;
}
