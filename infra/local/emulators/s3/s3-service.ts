import type { Answer } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { Store } from '../protocol/store.js';
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

  readonly #store: Store;

  /** @param now clock, epoch ms @param store keeps new buckets @param kept buckets of an earlier start */
  constructor(
    blobs: Blobs,
    queues: Queues,
    now: () => number,
    { store = Store.none(), kept = [] }: { store?: Store; kept?: readonly Bucket[] } = {},
  ) {
    this.#store = store;
    for (const bucket of kept) this.#buckets.set(bucket.name, bucket);
    this.blobs = blobs;
    this.queues = queues;
    this.events = new ObjectEvents(queues, now, store);
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
    this.#buckets.set(name, new Bucket(name, this.now, this.#store));
  }

  /** @throws {ServiceError} NoSuchBucket, BucketNotEmpty */
  delete(name: string): void {
    if (this.bucket(name).keys.size > 0) {
      throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    this.#buckets.get(name)?.forget();
    this.#buckets.delete(name);
  }
}

/** Buckets of an earlier start. */
export function keptBuckets(store: Store, now: () => number): Bucket[] {
  return Array.from(store.under('bucket/'), ([name]) => new Bucket(name, now, store));
}

/** @throws {ServiceError} for a refused request */
export type Operation = (request: S3Request, service: S3Service) => Promise<Answer> | Answer;
