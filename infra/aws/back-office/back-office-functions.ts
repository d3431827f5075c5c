import { INDEXES, SIGN_IN_KEYS_ROW } from '@swipegate/contract';
import { HOLDS } from '@swipegate/contract/back-office/holds';
import {
  EVENTS_PREFIX,
  OFFERS_PREFIX,
  PLACEMENTS_PREFIX,
  RESULTS_PREFIX,
  UPLOADS_PREFIX,
} from '@swipegate/lambdas/stores/changes/object-keys';
import { Duration } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type BucketName, type ConsumedQueue, queueMappings } from '../../resources.js';
import { bundledFunction, constructId } from '../constructs/functions.js';
import {
  allowAttributes,
  allowKey,
  allowList,
  allowObjects,
  allowPublish,
  allowQueue,
  allowRow,
  allowTable,
} from '../constructs/grants.js';
import type { Settings } from '../constructs/settings.js';
import type { Tables } from '../data/data-stack.js';
import type { Queues } from './back-office-queues.js';
import type { SignIn } from './sign-in.js';

/** API Gateway gives up after 30 s. */
const TIMEOUT_SECONDS = 20;

export interface BackOfficeResources {
  settings: Settings;
  bundles: string;
  tables: Tables;
  queues: Queues;
  topic: Topic;
  buckets: Readonly<Record<BucketName, Bucket>>;
  /** Encrypts changes in the topic and in the buckets. */
  key: Key;
}

/** The admin API's function. It reads tables and publishes changes; it writes only their progress, and holds on rows. */
export function adminFunction(
  scope: Construct,
  { settings, bundles, tables, buckets, topic, key }: BackOfficeResources,
  { issuer, clientId }: Pick<SignIn, 'issuer' | 'clientId'>,
): LambdaFunction {
  const admin = bundledFunction(scope, 'admin', {
    settings,
    bundles,
    timeout: Duration.seconds(TIMEOUT_SECONDS),
    environment: {
      TOKEN_ISSUER: issuer,
      TOKEN_CLIENT_ID: clientId,
      CHANGES_TOPIC_ARN: topic.topicArn,
      UPLOADS_BUCKET: buckets.uploads.bucketName,
    },
  });
  allowRow(admin, tables.apiKeys, ['PutItem'], SIGN_IN_KEYS_ROW);
  allowTable(admin, tables.changes, ['BatchGetItem', 'UpdateItem']);
  allowTable(admin, tables.changes, ['Query'], Object.values(INDEXES.changes));
  for (const table of [tables.cards, tables.employees]) {
    allowTable(admin, table, ['BatchGetItem']);
    allowAttributes(admin, table, ['UpdateItem'], ['cardKey', 'employeeKey', HOLDS]);
  }
  allowTable(admin, tables.employees, ['Query'], [INDEXES.employees.byName]);
  // PutItem and DeleteItem: lockdowns, which do not wait for their turn.
  allowTable(admin, tables.site, ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query']);
  allowTable(admin, tables.presence, ['BatchGetItem']);
  allowTable(admin, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
  allowTable(admin, tables.decisions, ['Query'], Object.values(INDEXES.decisions));
  for (const table of [tables.occupancy, tables.readerContacts]) allowTable(admin, table, ['Query']);
  allowTable(admin, tables.deviceCommands, ['PutItem', 'Query']);
  allowTable(admin, tables.rollCalls, ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query']);
  // PutObject: browsers upload with forms that this function signs. GetObject: it checks whether a file exists.
  allowObjects(admin, buckets.uploads, UPLOADS_PREFIX, ['GetObject', 'PutObject']);
  allowObjects(admin, buckets.uploads, OFFERS_PREFIX, ['GetObject', 'PutObject']);
  allowObjects(admin, buckets.uploads, RESULTS_PREFIX, ['GetObject']);
  allowList(admin, buckets.uploads);
  // Also allows the key of the uploads bucket: it is the topic's key.
  allowPublish(admin, topic, key);
  return admin;
}

export interface Consumers {
  store: LambdaFunction;
  apply: LambdaFunction;
  fileImport: LambdaFunction;
}

/** Functions that move changes from queue to store to tables, and turn files into changes. Grants are minimal. */
export function consumerFunctions(scope: Construct, resources: BackOfficeResources): Consumers {
  return { store: store(scope, resources), apply: apply(scope, resources), fileImport: fileImport(scope, resources) };
}

function store(scope: Construct, resources: BackOfficeResources): LambdaFunction {
  const { queues, buckets, tables, key } = resources;
  const made = consumer(scope, 'changes', resources, {
    EVENTS_BUCKET: buckets.events.bucketName,
    DEAD_LETTER_QUEUE_URL: queues.changesDead.queueUrl,
  });
  allowTable(made, tables.changes, ['UpdateItem']);
  allowObjects(made, buckets.events, EVENTS_PREFIX, ['PutObject']);
  allowList(made, buckets.events);
  allowKey(made, key, ['GenerateDataKey']);
  allowQueue(made, queues.changesDead, ['SendMessage']);
  return made;
}

function apply(scope: Construct, resources: BackOfficeResources): LambdaFunction {
  const { buckets, tables, key } = resources;
  const made = consumer(scope, 'stored', resources, { EVENTS_BUCKET: buckets.events.bucketName });
  allowTable(made, tables.changes, ['BatchGetItem', 'GetItem', 'UpdateItem']);
  allowTable(made, tables.changeCursors, ['GetItem', 'PutItem']);
  for (const table of [tables.cards, tables.employees]) allowTable(made, table, ['BatchGetItem', 'UpdateItem']);
  allowTable(made, tables.employees, ['Query'], [INDEXES.employees.byName]);
  allowTable(made, tables.site, ['BatchGetItem', 'PutItem', 'Query']);
  for (const table of [tables.apiKeys, tables.deviceCommands]) allowTable(made, table, ['PutItem']);
  allowTable(made, tables.presence, ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem']);
  // Counts who is inside a zone or a building before it is removed.
  allowTable(made, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
  allowTable(made, tables.zoneState, ['BatchGetItem', 'PartiQLUpdate']);
  allowObjects(made, buckets.events, EVENTS_PREFIX, ['GetObject']);
  // Placements of cardholders lie beside the events. The function cannot write the events themselves.
  allowObjects(made, buckets.events, PLACEMENTS_PREFIX, ['PutObject']);
  allowList(made, buckets.events);
  allowKey(made, key, ['GenerateDataKey', 'Decrypt']);
  return made;
}

function fileImport(scope: Construct, resources: BackOfficeResources): LambdaFunction {
  const { buckets, tables, topic, key } = resources;
  const made = consumer(scope, 'uploads', resources, {
    UPLOADS_BUCKET: buckets.uploads.bucketName,
    CHANGES_TOPIC_ARN: topic.topicArn,
  });
  allowTable(made, tables.site, ['Query']);
  for (const table of [tables.cards, tables.employees]) allowTable(made, table, ['BatchGetItem']);
  allowObjects(made, buckets.uploads, UPLOADS_PREFIX, ['GetObject']);
  allowObjects(made, buckets.uploads, RESULTS_PREFIX, ['PutObject']);
  allowPublish(made, topic, key);
  return made;
}

/** A queue's function and its event source mapping. */
function consumer(
  scope: Construct,
  from: ConsumedQueue,
  { settings, bundles, queues }: BackOfficeResources,
  environment: Record<string, string>,
): LambdaFunction {
  const { functionName, batchSize, timeoutMs, maximumConcurrency } = queueMappings[from];
  const timeout = Duration.millis(timeoutMs);
  const made = bundledFunction(scope, functionName, { settings, bundles, timeout, environment });
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
  allowQueue(made, queues[from], ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']);
  new EventSourceMapping(scope, `${constructId(functionName)}Mapping`, {
    target: made,
    eventSourceArn: queues[from].queueArn,
    batchSize,
    reportBatchItemFailures: true,
    ...(maximumConcurrency === undefined ? {} : { maxConcurrency: maximumConcurrency }),
  });
  return made;
}
