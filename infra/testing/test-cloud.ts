import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProvisionedCloud, provisionCloud } from '../local/cloud/cloud.js';
import type { BackOfficeOptions } from '../local/cloud/provision-back-office.js';
import { createDynamodb } from '../local/emulators/create-dynamodb.js';
import { createKinesis } from '../local/emulators/create-kinesis.js';
import { serveStorageAndMessaging } from '../local/emulators/serve-storage-and-messaging.js';
import { closeServer, listenOnLoopback } from '../local/processes/ports.js';

/** The local cloud in this process: three emulators' processes take longer to start than most tests to run. */
export async function startTestCloud(options: BackOfficeOptions = {}): Promise<ProvisionedCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'swipegate-test-'));
  const [kinesis, dynamodb] = [createKinesis(), createDynamodb()];
  const storage = await serveStorageAndMessaging({ folder });
  const endpoints = {
    ...storage,
    kinesisEndpoint: await listenOnLoopback(kinesis),
    dynamodbEndpoint: await listenOnLoopback(dynamodb),
  };
  return provisionCloud(endpoints, options, async () => {
    await Promise.all([storage.close(), closeServer(kinesis), closeServer(dynamodb)]);
    await rm(folder, { recursive: true });
  });
}
