import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Site } from '../../../../gateway/contract/index.js';
import { SITE } from '../../../../lambdas/decide/test/small-site.js';
import { type LocalCloud, startLocalCloud } from '../../cloud.js';
import { type StorageAndMessaging, serveStorageAndMessaging } from '../../emulators/serve-storage-and-messaging.js';
import { type BackOfficeClients, type BackOfficeNames, provisionBackOffice } from '../../provision-back-office.js';
import { seed } from '../../seed.js';
import { functionEnvironment } from '../function-environment.js';

export interface BackOfficeCloud {
  cloud: LocalCloud;
  storage: StorageAndMessaging;
  clients: BackOfficeClients;
  names: BackOfficeNames;
  /** For processes and functions that shall use all of it. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** The local cloud with a small site, and S3, SNS and SQS in this process, with all that the back office has there. */
export async function startBackOfficeCloud(
  options: { visibilitySeconds?: number; site?: Site } = {},
): Promise<BackOfficeCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'swipegate-objects-'));
  const [cloud, storage] = await Promise.all([startLocalCloud(), serveStorageAndMessaging({ folder })]);
  await seed(cloud.clients.dynamodb, options.site ?? SITE, []);
  const shared = {
    region: cloud.env['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const clients = {
    s3: new S3Client({ ...shared, endpoint: storage.s3Endpoint, forcePathStyle: true }),
    sns: new SNSClient({ ...shared, endpoint: storage.snsEndpoint }),
    sqs: new SQSClient({ ...shared, endpoint: storage.sqsEndpoint }),
  };
  const names = await provisionBackOffice(clients, options);
  return {
    cloud,
    storage,
    clients,
    names,
    env: {
      ...cloud.env,
      AWS_ENDPOINT_URL_S3: storage.s3Endpoint,
      AWS_ENDPOINT_URL_SNS: storage.snsEndpoint,
      AWS_ENDPOINT_URL_SQS: storage.sqsEndpoint,
      ...functionEnvironment(names),
      LOG_LEVEL: 'warn',
    },
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await Promise.all([cloud.stop(), storage.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
