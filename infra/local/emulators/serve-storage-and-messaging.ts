import { join } from 'node:path';
import { closeServer, listenOnLoopback } from '../processes/ports.js';
import { Faults } from './protocol/serve-calls.js';
import { Store } from './protocol/store.js';
import { createS3Server } from './s3/s3-server.js';
import { keptBuckets, S3Service } from './s3/s3-service.js';
import { Blobs } from './s3/storage/blobs.js';
import { createSnsServer } from './sns/sns-server.js';
import { Topics } from './sns/topics.js';
import { Queues } from './sqs/queues.js';
import { createSqsServer } from './sqs/sqs-server.js';

export interface StorageAndMessagingOptions {
  /** Parent of the folder for objects, which is removed on close; with `keep` the folder of all state, which stays. */
  folder: string;
  /** Whether to keep the state for the next start. Default: no. */
  keep?: boolean;
  /** Default: free ones. */
  ports?: Readonly<Record<'s3' | 'sns' | 'sqs', number>>;
  /** Clock, epoch ms; lets tests skip waiting times. Default: the machine's. */
  now?(): number;
}

/** S3, SNS and SQS of the local cloud, each on its own loopback port. */
export interface StorageAndMessaging {
  s3Endpoint: string;
  snsEndpoint: string;
  sqsEndpoint: string;
  /** Removed on close. */
  objectsFolder: string;
  faults: { s3: Faults; sns: Faults; sqs: Faults };
  close(): Promise<void>;
}

/** Starts the three services in this process. They call each other directly, so an event is queued before the answer. */
export async function serveStorageAndMessaging(options: StorageAndMessagingOptions): Promise<StorageAndMessaging> {
  const { folder, keep = false, ports = { s3: 0, sns: 0, sqs: 0 }, now = Date.now } = options;
  const faults = { s3: new Faults(), sns: new Faults(), sqs: new Faults() };
  const store = keep ? await Store.open(join(folder, 'state')) : Store.none();
  const settle = () => store.flush();
  const queues = new Queues(now, store);
  const topics = new Topics(queues, now, store);
  const kept = keptBuckets(store, now);
  const blobs = keep
    ? await Blobs.reopen(join(folder, 'objects'), new Set(kept.flatMap(({ files }) => files)), settle)
    : await Blobs.open(folder);
  const servers = {
    s3: createS3Server(new S3Service(blobs, queues, now, { store, kept }), faults.s3, settle),
    sns: createSnsServer(topics, faults.sns, settle),
    sqs: createSqsServer(queues, faults.sqs, settle),
  };
  return {
    // S3 itself refuses the pages that a bucket's CORS rules do not allow.
    s3Endpoint: await listenOnLoopback(servers.s3, () => true, ports.s3),
    snsEndpoint: await listenOnLoopback(servers.sns, undefined, ports.sns),
    sqsEndpoint: await listenOnLoopback(servers.sqs, undefined, ports.sqs),
    objectsFolder: blobs.folder,
    faults,
    close: async () => {
      queues.close();
      await Promise.all(Object.values(servers).map(closeServer));
      if (keep) await store.close();
      else await blobs.removeAll();
    },
  };
}
