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
import { Child, type ChildOptions, startChild } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { portIn } from '../processes/ports.js';
import type { Ready } from '../processes/service.js';
import { lacksOf } from './emulator-check.js';
import { allOf, type Clients, provision } from './provision.js';
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
  /** Processes of its emulators that cannot be started again, because their data is in memory. */
  children: Child[];
}

export interface LocalCloudOptions extends BackOfficeOptions {
  logFile?(name: string): string;
  /** Parent of the folder for S3 objects, which is removed on stop. Default: the system's temporary folder. */
  objectsFolder?: string;
  /** Default: the data is in memory and ends with the cloud. */
  kept?: KeptData | undefined;
}

export interface KeptData {
  /** Keeps all data for the next start. */
  folder: string;
  /** Starts an emulator that is started again when it dies: its data is in the folder. */
  startService: ChildRoster['startService'];
}

/** Nothing answers at the address of an emulator, or it cannot do what the product needs. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  readonly code = 'EMULATOR_UNUSABLE';
}

/**
 * Uses an emulator of all five services at one address, such as LocalStack. Creates the resources that it lacks.
 * @throws {EmulatorError} also if it lacks a call without which no swipe is decided
 */
export async function useEmulator(endpoint: string): Promise<LocalCloud> {
  silenceSdk();
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
  const cloud = await provisionCloud(all, {}, async () => undefined).catch((error: unknown) => {
    const advice = 'It must offer Kinesis, DynamoDB, S3, SNS and SQS.';
    throw new EmulatorError(`The emulator at ${endpoint} cannot create the resources: ${messageOf(error)}. ${advice}`);
  });
  const lacks = await lacksOf(cloud.clients);
  if (lacks.length === 0) return { ...cloud, children: [] };
  await cloud.stop();
  const advice = 'Use another emulator, or the embedded cloud (without --endpoint).';
  throw new EmulatorError(`The emulator at ${endpoint} cannot run Swipegate. ${lacks.join(' ')} ${advice}`);
}

/** The README lists the supported Node versions; the SDK's notice would repeat in this process and all its children. */
function silenceSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** Starts three emulators on free loopback ports (Kinesis; DynamoDB; S3, SNS and SQS) with all resources. */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  silenceSdk();
  const { kept, objectsFolder = tmpdir() } = options;
  if (kept !== undefined) await mkdir(kept.folder, { recursive: true });
  const start = (name: string, module: URL, argsOf: (before: Ready | undefined) => string[]) => {
    const logFile = options.logFile?.(name);
    const optionsOf = (before?: Ready): ChildOptions => {
      return { name, module, args: argsOf(before), ...(logFile === undefined ? {} : { logFile }) };
    };
    return kept === undefined ? startChild(optionsOf()) : kept.startService(optionsOf);
  };
  /** The folder, and the ports of the process before: the next one goes on in its place. */
  const goingOn = (name: string, ...ports: unknown[]) =>
    kept === undefined ? [] : [join(kept.folder, name), ...ports.map(portIn)];
  const started = await Promise.allSettled([
    start('kinesis', new URL('../emulators/kinesis.js', import.meta.url), (before) =>
      goingOn('kinesis', before?.['endpoint']),
    ),
    start('dynamodb', new URL('../emulators/dynamodb.js', import.meta.url), (before) =>
      goingOn('dynamodb', before?.['endpoint']),
    ),
    start('storage-and-messaging', new URL('../emulators/storage-and-messaging.js', import.meta.url), (before) =>
      kept === undefined
        ? [objectsFolder]
        : goingOn('storage', before?.['s3Endpoint'], before?.['snsEndpoint'], before?.['sqsEndpoint']),
    ),
  ]);
  const emulators = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [kinesis, dynamodb, storage] = emulators;
  const failure = started.find((result) => result.status === 'rejected');
  const stop = () => Promise.all(emulators.map((emulator) => emulator.stop()));
  if (failure !== undefined || kinesis === undefined || dynamodb === undefined || storage === undefined) {
    await stop();
    throw failure?.reason;
  }
  const endpoints = {
    kinesisEndpoint: String(kinesis.ready['endpoint']),
    dynamodbEndpoint: String(dynamodb.ready['endpoint']),
    s3Endpoint: String(storage.ready['s3Endpoint']),
    snsEndpoint: String(storage.ready['snsEndpoint']),
    sqsEndpoint: String(storage.ready['sqsEndpoint']),
  };
  const cloud = await provisionCloud(endpoints, options, async () => {
    await stop();
    // A process that was killed could not remove its own folder.
    if (kept === undefined) await rm(String(storage.ready['objectsFolder']), { recursive: true, force: true });
  });
  return { ...cloud, children: emulators.filter((emulator) => emulator instanceof Child) };
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
  const namesOfBackOffice = provisionBackOffice(clients, options);
  await allOf([namesOfBackOffice, provision(clients)]).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const backOffice = await namesOfBackOffice;
  return {
    ...endpoints,
    backOffice,
    env: {
      // The local cloud has no stages, whatever the shell has set.
      SWIPEGATE_STAGE: '',
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
