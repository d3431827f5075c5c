import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { compile, type ImportRequest, type ImportUpload, MAX_IMPORT_BYTES, Timestamp } from '@swipegate/contract';
import Type from 'typebox';
import { putJson, readJson } from './json-objects.js';
import { type ImportPlace, offerKey, REQUEST_METADATA, uploadKey } from './object-keys.js';

const UPLOAD_SECONDS = 600;
const REQUEST_HEADER = `x-amz-meta-${REQUEST_METADATA}`;
/** Names and values together: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_METADATA_BYTES = 2_048;

const isOffer = compile(Type.Object({ expiresAt: Timestamp }));

/** The request (`by`, `why`, `kind`) does not fit into an object's metadata. */
export class ImportRequestTooLongError extends Error {
  override readonly name = 'ImportRequestTooLongError';
  readonly code = 'IMPORT_REQUEST_TOO_LONG';
}

/** Signed forms for uploads. Apart from the files: only the admin API signs. */
export class ImportOffers {
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
    if (REQUEST_METADATA.length + encoded.length > MOST_METADATA_BYTES) {
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
    await putJson(this.#s3, { Bucket: this.#bucket, Key: offerKey(place) }, { expiresAt });
    return { importId: place.importId, upload, expiresAt };
  }

  /** @returns when the form of an import expires; undefined if no form was offered. @throws what the SDK throws */
  async offered(place: ImportPlace): Promise<{ expiresAt: string } | undefined> {
    const offer = await readJson(this.#s3, { Bucket: this.#bucket, Key: offerKey(place) });
    return isOffer(offer) ? offer : undefined;
  }
}
