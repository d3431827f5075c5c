import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { messageOf } from '@swipegate/terminal/message-of';
import { LOCAL_CLIENT } from '../emulators/protocol/local-account.js';
import { type Child, startChild } from '../processes/child.js';
import { type Clients, provision } from './provision.js';
import { type BackOfficeNames, type BackOfficeOptions, provisionBackOffice } from './provision-back-office.js';

export interface CloudEndpoints {
  kinesisEndpoint: string;
  dynamodbEndpoint: string;
  s3Endpoint: string;
  snsEndpoint: string;
  sqsEndpoint: string;
}

/** Emulators with all resources of the product, and clients of them. */
export interface ProvisionedCloud extends CloudEndpoints {
  /** Environment variables that point the AWS SDK at this cloud; pass them to every process that uses it. */
  env: Record<string, string>;
  clients: Clients;
  backOffice: BackOfficeNames;
  stop(): Promise<void>;
}

export interface LocalCloud extends ProvisionedCloud {
  /** Processes of its emulators. */
  children: Child[];
}

export interface LocalCloudOptions extends BackOfficeOptions {
  logFile?(name: string): string;
  /** Parent of the folder for S3 objects, which is removed on stop. Default: the system's temporary folder. */
  objectsFolder?: string;
  /** Folder that keeps all data for the next start. Default: the data is in memory and ends with the cloud. */
  dataFolder?: string | undefined;
}

/** Nothing answers at the address of an emulator, or it cannot do what the product needs. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  readonly code = 'EMULATOR_UNUSABLE';
}

/** Uses an emulator of all five services at one address, such as LocalStack. Creates what it lacks. @throws {EmulatorError} */
export async function useEmulator(endpoint: string): Promise<LocalCloud> {
  await fetch(endpoint).catch(() => {
    throw new EmulatorError(`Nothing answers at ${endpoint}. Start the emulator first, or correct --endpoint.`);
  });
  const all = {
    kinesisEndpoint: endpoint,
    dynamodbEndpoint: endpoint,
    s3Endpoint: endpoint,
    snsEndpoint: endpoint,
    sqsEndpoint: endpoint,
  };
  try {
    return { ...(await provisionCloud(all, {}, async () => undefined)), children: [] };
  } catch (error) {
    const advice = 'It must offer Kinesis, DynamoDB, S3, SNS and SQS.';
    throw new EmulatorError(`The emulator at ${endpoint} cannot create the resources: ${messageOf(error)}. ${advice}`);
  }
}

/** Starts three emulators on free loopback ports (Kinesis; DynamoDB; S3, SNS and SQS) with all resources. */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  // The README lists the supported Node versions; the SDK's notice would repeat in this process and all its children.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const start = (name: string, module: URL, args: string[] = []) => {
    const logFile = options.logFile?.(name);
    return startChild({ name, module, args, ...(logFile === undefined ? {} : { logFile }) });
  };
  const { dataFolder } = options;
  if (dataFolder !== undefined) await mkdir(dataFolder, { recursive: true });
  const kept = (name: string) => (dataFolder === undefined ? [] : [join(dataFolder, name)]);
  const started = await Promise.allSettled([
    start('kinesis', new URL('../emulators/kinesis.js', import.meta.url), kept('kinesis')),
    start('dynamodb', new URL('../emulators/dynamodb.js', import.meta.url), kept('dynamodb')),
    start('storage-and-messaging', new URL('../emulators/storage-and-messaging.js', import.meta.url), [
      ...(dataFolder === undefined ? [options.objectsFolder ?? tmpdir()] : [...kept('storage'), 'keep']),
    ]),
  ]);
  const children = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [kinesisChild, dynamodbChild, othersChild] = children;
  const failure = started.find((result) => result.status === 'rejected');
  if (failure !== undefined || kinesisChild === undefined || dynamodbChild === undefined || othersChild === undefined) {
    await Promise.all(children.map((child) => child.stop()));
    throw failure?.reason;
  }
  const endpoints = {
    kinesisEndpoint: String(kinesisChild.ready['endpoint']),
    dynamodbEndpoint: String(dynamodbChild.ready['endpoint']),
    s3Endpoint: String(othersChild.ready['s3Endpoint']),
    snsEndpoint: String(othersChild.ready['snsEndpoint']),
    sqsEndpoint: String(othersChild.ready['sqsEndpoint']),
  };
  const cloud = await provisionCloud(endpoints, options, async () => {
    await Promise.all(children.map((child) => child.stop()));
    // A process that was killed could not remove its own folder.
    if (dataFolder === undefined)
      await rm(String(othersChild.ready['objectsFolder']), { recursive: true, force: true });
  });
  return { ...cloud, children };
}

/** Creates all resources at these endpoints. @param stopEmulators called when they cannot be created, and on stop */
export async function provisionCloud(
  endpoints: CloudEndpoints,
  options: BackOfficeOptions,
  stopEmulators: () => Promise<void>,
): Promise<ProvisionedCloud> {
  const requestHandler = new NodeHttpHandler({});
  const clients: Clients = {
    kinesis: new KinesisClient({ ...LOCAL_CLIENT, endpoint: endpoints.kinesisEndpoint, requestHandler }),
    dynamodb: new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: endpoints.dynamodbEndpoint }),
    s3: new S3Client({ ...LOCAL_CLIENT, endpoint: endpoints.s3Endpoint, forcePathStyle: true }),
    sns: new SNSClient({ ...LOCAL_CLIENT, endpoint: endpoints.snsEndpoint }),
    sqs: new SQSClient({ ...LOCAL_CLIENT, endpoint: endpoints.sqsEndpoint }),
  };
  const stop = async (): Promise<void> => {
    for (const client of Object.values(clients)) client.destroy();
    await stopEmulators();
  };
  const provisioned = Promise.all([provisionBackOffice(clients, options), provision(clients)]);
  const [backOffice] = await provisioned.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...endpoints,
    backOffice,
    env: {
      AWS_REGION: LOCAL_CLIENT.region,
      AWS_ACCESS_KEY_ID: LOCAL_CLIENT.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CLIENT.credentials.secretAccessKey,
      AWS_ENDPOINT_URL_KINESIS: endpoints.kinesisEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodbEndpoint,
      AWS_ENDPOINT_URL_S3: endpoints.s3Endpoint,
      AWS_ENDPOINT_URL_SNS: endpoints.snsEndpoint,
      AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
      // The back office's functions have no defaults for these, because they hold addresses.
      CHANGES_TOPIC_ARN: backOffice.changesTopicArn,
      DEAD_LETTER_QUEUE_URL: backOffice.queueUrls.changesDead,
    },
    clients,
    stop,
  };
}
