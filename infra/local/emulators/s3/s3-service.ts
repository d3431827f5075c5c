import type { Answer } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import type { Queues } from '../sqs/queues.js';
import { ObjectEvents } from './object-events.js';
import type { S3Request } from './requests/s3-request.js';
import type { Blobs } from './storage/blobs.js';
import { Bucket } from './storage/bucket.js';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z\d][a-z\d.-]{1,61}[a-z\d]$/;

export class S3Service {
  readonly blobs: Blobs;
  readonly queues: Queues;
  readonly events: ObjectEvents;
  readonly now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param now clock, epoch ms */
  constructor(blobs: Blobs, queues: Queues, now: () => number) {
    this.blobs = blobs;
    this.queues = queues;
    this.events = new ObjectEvents(queues, now);
    this.now = now;
  }

  buckets(): Bucket[] {
    return Array.from(this.#buckets.values());
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** @throws {ServiceError} NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
    return bucket;
  }

  /** @throws {ServiceError} InvalidBucketName, BucketAlreadyOwnedByYou */
  create(name: string): void {
    if (!BUCKET_NAME.test(name)) throw new ServiceError('InvalidBucketName', 'The specified bucket is not valid.');
    if (this.#buckets.has(name)) {
      const message = 'Your previous request to create the named bucket succeeded and you already own it.';
      throw new ServiceError('BucketAlreadyOwnedByYou', message, 409);
    }
    this.#buckets.set(name, new Bucket(name, this.now));
  }

  /** @throws {ServiceError} NoSuchBucket, BucketNotEmpty */
  delete(name: string): void {
    if (this.bucket(name).keys.size > 0) {
      throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    this.#buckets.delete(name);
  }
}

/** @throws {ServiceError} for a refused request */
export type Operation = (request: S3Request, service: S3Service) => Promise<Answer> | Answer;
