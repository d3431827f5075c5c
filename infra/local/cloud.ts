import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Child, startChild } from './child.js';
import { type Clients, provision } from './provision.js';

export interface LocalCloud {
  kinesisEndpoint: string;
  dynamodbEndpoint: string;
  /** What the SDK reads by itself; give it to every process that shall use this cloud. */
  env: Record<string, string>;
  clients: Clients;
  /** The emulators' processes. */
  children: Child[];
  stop(): Promise<void>;
}

export interface LocalCloudOptions {
  /** Log file of an emulator, by its name. */
  logFile?(name: string): string;
}

/** Starts Kinesis and DynamoDB, each in a process of its own on a free loopback port, with all streams and tables. */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  // The README says which Node versions are supported; the SDK's own notice would repeat in this process and its children.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const start = (name: string, module: URL) => {
    const logFile = options.logFile?.(name);
    return startChild({ name, module, ...(logFile === undefined ? {} : { logFile }) });
  };
  const started = await Promise.allSettled([
    start('kinesis', new URL('./emulators/kinesis.js', import.meta.url)),
    start('dynamodb', new URL('./emulators/dynamodb.js', import.meta.url)),
  ]);
  const children = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [kinesisChild, dynamodbChild] = children;
  const failure = started.find((result) => result.status === 'rejected');
  if (failure !== undefined || kinesisChild === undefined || dynamodbChild === undefined) {
    await Promise.all(children.map((child) => child.kill()));
    throw failure?.reason;
  }
  const kinesisEndpoint = String(kinesisChild.ready['endpoint']);
  const dynamodbEndpoint = String(dynamodbChild.ready['endpoint']);
  const region = 'eu-central-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const clients: Clients = {
    kinesis: new KinesisClient({
      region,
      credentials,
      endpoint: kinesisEndpoint,
      requestHandler: new NodeHttpHandler({}),
    }),
    dynamodb: new DynamoDBClient({ region, credentials, endpoint: dynamodbEndpoint }),
  };
  const stop = async (): Promise<void> => {
    clients.kinesis.destroy();
    clients.dynamodb.destroy();
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    await provision(clients);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kinesisEndpoint,
    dynamodbEndpoint,
    env: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_KINESIS: kinesisEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    },
    clients,
    children,
    stop,
  };
}
