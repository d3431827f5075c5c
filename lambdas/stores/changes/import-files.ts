import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import {
  compile,
  ImportApproval,
  ImportRequest,
  ImportResult,
  type ImportUpload,
  MAX_IMPORT_BYTES,
  Timestamp,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { approvalKey, type ImportPlace, offerKey, previewKey, resultKey, uploadKey } from './object-keys.js';

const UPLOAD_SECONDS = 600;
/** S3 metadata is ASCII, but a reason may be in any language, so the request is base64url-encoded. */
const REQUEST_NAME = 'request';
const REQUEST_HEADER = `x-amz-meta-${REQUEST_NAME}`;
/** Names and values together: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_METADATA_BYTES = 2_048;

const isRequest = compile(ImportRequest);
const isResult = compile(ImportResult);
const isApproval = compile(ImportApproval);
const isOffer = compile(Type.Object({ expiresAt: Timestamp }));

/** An upload lacks the request metadata that {@link ImportFiles.offer} signs. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code = 'UPLOAD_UNSIGNED';
}

/** The request (`by`, `why`, `kind`) does not fit into an object's metadata. */
export class ImportRequestTooLongError extends Error {
  override readonly name = 'ImportRequestTooLongError';
  readonly code = 'IMPORT_REQUEST_TOO_LONG';
}

/** Uploaded import files and their results. */
export class ImportFiles {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /**
   * Creates a form with which a browser may upload one file within 10 minutes. The signature covers key and request
   * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html). Records the offer, so that
   * {@link offered} knows it. An empty file is accepted here: the import then says that it is empty.
   * @throws {ImportRequestTooLongError} and what the SDK throws
   */
  async offer(place: ImportPlace, request: ImportRequest, nowMs: number): Promise<ImportUpload> {
    const encoded = Buffer.from(JSON.stringify(request)).toString('base64url');
    if (REQUEST_NAME.length + encoded.length > MOST_METADATA_BYTES) {
      throw new ImportRequestTooLongError(
        `The request exceeds ${MOST_METADATA_BYTES} bytes of metadata. Shorten the reason.`,
      );
    }
    const upload = await createPresignedPost(this.#s3, {
      Bucket: this.#bucket,
      Key: uploadKey(place),
      Fields: { 'Content-Type': 'text/csv', [REQUEST_HEADER]: encoded },
      Conditions: [
        ['content-length-range', 0, MAX_IMPORT_BYTES],
        ['eq', '$Content-Type', 'text/csv'],
        ['eq', `$${REQUEST_HEADER}`, encoded],
      ],
      Expires: UPLOAD_SECONDS,
    });
    const expiresAt = new Date(nowMs + UPLOAD_SECONDS * 1_000).toISOString();
    await this.#putJson(offerKey(place), { expiresAt });
    return { importId: place.importId, upload, expiresAt };
  }

  /** @returns when the form of an import expires; undefined if no form was offered. @throws what the SDK throws */
  async offered(place: ImportPlace): Promise<{ expiresAt: string } | undefined> {
    const offer = await this.#json(offerKey(place));
    return isOffer(offer) ? offer : undefined;
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

  /** @throws {UploadError} for a file that was not uploaded with a form of {@link offer}, and what the SDK throws */
  async open(
    place: ImportPlace,
  ): Promise<{ request: ImportRequest; body: Readable; bytes: number; uploadedMs: number }> {
    const answer = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: uploadKey(place) }));
    const request = jsonAttribute(Buffer.from(answer.Metadata?.[REQUEST_NAME] ?? '', 'base64url'));
    const { Body: body } = answer;
    if (!isRequest(request) || !isReadable(body)) {
      throw new UploadError(
        `The upload ${place.importId} has no valid request metadata. Upload it with a form of the admin API.`,
      );
    }
    // S3 gives whole seconds: take the end of the second.
    const uploadedMs = (answer.LastModified ?? new Date()).getTime() + 999;
    return { request, body, bytes: answer.ContentLength ?? 0, uploadedMs };
  }

  /** Stores the result of the import. */
  async putResult(result: ImportResult): Promise<void> {
    await this.#putJson(resultKey(result), result);
  }

  /** @returns undefined while there is no result */
  async result(place: ImportPlace): Promise<ImportResult | undefined> {
    const result = await this.#json(resultKey(place));
    return isResult(result) ? result : undefined;
  }

  /** Stores what a preview found. */
  async putPreview(result: ImportResult): Promise<void> {
    await this.#putJson(previewKey(result), result);
  }

  /** @returns undefined if the file was not previewed */
  async preview(place: ImportPlace): Promise<ImportResult | undefined> {
    const result = await this.#json(previewKey(place));
    return isResult(result) ? result : undefined;
  }

  /** Stores the decision to apply a previewed file, and so notifies the import function. The first decision stays. */
  async approve(place: ImportPlace, approval: ImportApproval): Promise<void> {
    try {
      await this.#putJson(approvalKey(place), approval, { IfNoneMatch: '*' });
    } catch (error) {
      if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412)) throw error;
    }
  }

  /** @returns the decision to apply a previewed file; undefined if there is none */
  async approval(place: ImportPlace): Promise<ImportApproval | undefined> {
    const approval = await this.#json(approvalKey(place));
    return isApproval(approval) ? approval : undefined;
  }

  async #putJson(Key: string, content: object, condition: { IfNoneMatch?: '*' } = {}): Promise<void> {
    const file = { Key, Body: JSON.stringify(content), ContentType: 'application/json', ...condition };
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, ...file }));
  }

  /** @returns undefined if there is no such object */
  async #json(Key: string): Promise<unknown> {
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? 'null');
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'pipe' in body;
}
