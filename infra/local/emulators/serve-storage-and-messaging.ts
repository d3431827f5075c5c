import { closeServer, listenOnLoopback } from '../processes/ports.js';
import { Faults } from './protocol/serve-calls.js';
import { createS3Server } from './s3/s3-server.js';
import { S3Service } from './s3/s3-service.js';
import { Blobs } from './s3/storage/blobs.js';
import { createSnsServer } from './sns/sns-server.js';
import { Topics } from './sns/topics.js';
import { Queues } from './sqs/queues.js';
import { createSqsServer } from './sqs/sqs-server.js';

export interface StorageAndMessagingOptions {
  /** Parent of the folder for objects, which is removed on close. */
  folder: string;
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
  const { folder, now = Date.now } = options;
  const faults = { s3: new Faults(), sns: new Faults(), sqs: new Faults() };
  const queues = new Queues(now);
  const topics = new Topics(queues, now);
  const blobs = await Blobs.open(folder);
  const servers = {
    s3: createS3Server(new S3Service(blobs, queues, now), faults.s3),
    sns: createSnsServer(topics, faults.sns),
    sqs: createSqsServer(queues, faults.sqs),
  };
  return {
    // S3 itself refuses the pages that a bucket's CORS rules do not allow.
    s3Endpoint: await listenOnLoopback(servers.s3, () => true),
    snsEndpoint: await listenOnLoopback(servers.sns),
    sqsEndpoint: await listenOnLoopback(servers.sqs),
    objectsFolder: blobs.folder,
    faults,
    close: async () => {
      queues.close();
      await Promise.all(Object.values(servers).map(closeServer));
      await blobs.removeAll();
    },
  };
}
