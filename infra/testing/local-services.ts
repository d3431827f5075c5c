import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LOCAL_CLIENT } from '../local/emulators/protocol/local-account.js';
import { type StorageAndMessaging, serveStorageAndMessaging } from '../local/emulators/serve-storage-and-messaging.js';

export interface LocalServices extends StorageAndMessaging {
  s3: S3Client;
  sns: SNSClient;
  sqs: SQSClient;
  /** Sets the emulators' clock forward. */
  pass(ms: number): void;
}

/** Starts emulators of S3, SNS and SQS; their SDK clients differ from the default only in the endpoint. */
export async function startServices(t: { teardown(end: () => Promise<void>): unknown }): Promise<LocalServices> {
  const folder = await mkdtemp(join(tmpdir(), 'swipegate-test-'));
  let passedMs = 0;
  const services = await serveStorageAndMessaging({ folder, now: () => Date.now() + passedMs });
  const config = { ...LOCAL_CLIENT, requestHandler: new NodeHttpHandler({}) };
  const s3 = new S3Client({ ...config, endpoint: services.s3Endpoint, forcePathStyle: true });
  const sns = new SNSClient({ ...config, endpoint: services.snsEndpoint });
  const sqs = new SQSClient({ ...config, endpoint: services.sqsEndpoint });
  t.teardown(async () => {
    for (const client of [s3, sns, sqs]) client.destroy();
    await services.close();
    await rm(folder, { recursive: true });
  });
  return {
    ...services,
    s3,
    sns,
    sqs,
    pass: (ms) => {
      passedMs += ms;
    },
  };
}
