import type { Server } from 'node:http';
import { Faults } from './faults.js';
import { listenOnLoopback } from './loopback.js';
import { createSnsServer } from './sns/sns-server.js';
import { Topics } from './sns/topics.js';
import { Queues } from './sqs/queues.js';
import { createSqsServer } from './sqs/sqs-server.js';

export interface StorageAndMessagingOptions {
  /** Where objects lie, in a folder of its own that is removed when this closes. */
  folder: string;
  /** The clock, epoch ms: what is a matter of minutes can be tested in less. Default: the machine's. */
  now?(): number;
}

/** S3, SNS and SQS of the local cloud, each at a loopback port of its own. */
export interface StorageAndMessaging {
  snsEndpoint: string;
  sqsEndpoint: string;
  /** What shall go wrong. */
  faults: { sns: Faults; sqs: Faults };
  close(): Promise<void>;
}

/** Starts the three in this process: they know each other, so that an event is in its queue before its cause is answered. */
export async function serveStorageAndMessaging({
  folder: _folder,
  now = Date.now,
}: StorageAndMessagingOptions): Promise<StorageAndMessaging> {
  const faults = { sns: new Faults(), sqs: new Faults() };
  const queues = new Queues(now);
  const topics = new Topics(queues, now);
  const servers = { sns: createSnsServer(topics, faults.sns), sqs: createSqsServer(queues, faults.sqs) };
  const [snsEndpoint, sqsEndpoint] = await Promise.all([listenOnLoopback(servers.sns), listenOnLoopback(servers.sqs)]);
  return {
    snsEndpoint,
    sqsEndpoint,
    faults,
    close: async () => {
      queues.close();
      await Promise.all(Object.values(servers).map(closeServer));
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
