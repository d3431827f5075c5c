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
import { compile, ImportRequest, ImportResult, type ImportUpload, MAX_IMPORT_BYTES } from '@swipegate/contract';
import { type ImportPlace, resultKey, uploadKey } from './import-key.js';

const UPLOAD_SECONDS = 600;
/** Metadata of S3 is ASCII, a reason in anybody's language: it is base64url there. */
const REQUEST_NAME = 'request';
const REQUEST_HEADER = `x-amz-meta-${REQUEST_NAME}`;
/** Names and values (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). */
const MOST_METADATA_BYTES = 2_048;

const isRequest = compile(ImportRequest);
const isResult = compile(ImportResult);

/** An upload has not the metadata that every upload of ours has. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code = 'UPLOAD_UNSIGNED';
}

/** Who and why is more than the metadata of an object holds. */
export class ImportRequestTooLongError extends Error {
  override readonly name = 'ImportRequestTooLongError';
  readonly code = 'IMPORT_REQUEST_TOO_LONG';
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
   *
   * @throws {ImportRequestTooLongError}
   */
  async offer(place: ImportPlace, request: ImportRequest, nowMs: number): Promise<ImportUpload> {
    const told = Buffer.from(JSON.stringify(request)).toString('base64url');
    if (REQUEST_NAME.length + told.length > MOST_METADATA_BYTES) {
      throw new ImportRequestTooLongError(`Who and why are more than ${MOST_METADATA_BYTES} bytes of metadata.`);
    }
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
    const request = requestOf(answer.Metadata?.[REQUEST_NAME]);
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
    const request: unknown = JSON.parse(Buffer.from(told ?? '', 'base64url').toString());
    return isRequest(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'pipe' in body;
}
