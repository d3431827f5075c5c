import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, NotFound, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { compile, ImportApproval, ImportRequest, ImportResult } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { putJson, readJson } from './json-objects.js';
import { approvalKey, type ImportPlace, previewKey, REQUEST_METADATA, resultKey, uploadKey } from './object-keys.js';

const isRequest = compile(ImportRequest);
const isResult = compile(ImportResult);
const isApproval = compile(ImportApproval);

/** An upload lacks the request metadata that ImportOffers signs. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code = 'UPLOAD_UNSIGNED';
}

/** Uploaded import files and their results. */
export class ImportFiles {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
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

  /** @throws {UploadError} for a file that was not uploaded with a signed form, and what the SDK throws */
  async open(
    place: ImportPlace,
  ): Promise<{ request: ImportRequest; body: Readable; bytes: number; uploadedMs: number }> {
    const answer = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: uploadKey(place) }));
    const request = jsonAttribute(Buffer.from(answer.Metadata?.[REQUEST_METADATA] ?? '', 'base64url'));
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
    await putJson(this.#s3, { Bucket: this.#bucket, Key: resultKey(result) }, result);
  }

  /** @returns undefined while there is no result */
  async result(place: ImportPlace): Promise<ImportResult | undefined> {
    const result = await readJson(this.#s3, { Bucket: this.#bucket, Key: resultKey(place) });
    return isResult(result) ? result : undefined;
  }

  /** Stores what a preview found. */
  async putPreview(result: ImportResult): Promise<void> {
    await putJson(this.#s3, { Bucket: this.#bucket, Key: previewKey(result) }, result);
  }

  /** @returns undefined if the file was not previewed */
  async preview(place: ImportPlace): Promise<ImportResult | undefined> {
    const result = await readJson(this.#s3, { Bucket: this.#bucket, Key: previewKey(place) });
    return isResult(result) ? result : undefined;
  }

  /** Stores the decision to apply a previewed file, and so notifies the import function. The first decision stays. */
  async approve(place: ImportPlace, approval: ImportApproval): Promise<void> {
    try {
      await putJson(this.#s3, { Bucket: this.#bucket, Key: approvalKey(place), IfNoneMatch: '*' }, approval);
    } catch (error) {
      if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412)) throw error;
    }
  }

  /** @returns the decision to apply a previewed file; undefined if there is none */
  async approval(place: ImportPlace): Promise<ImportApproval | undefined> {
    const approval = await readJson(this.#s3, { Bucket: this.#bucket, Key: approvalKey(place) });
    return isApproval(approval) ? approval : undefined;
  }
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'pipe' in body;
}
