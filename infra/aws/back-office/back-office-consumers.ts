import { INDEXES } from '@swipegate/contract';
import {
  EVENTS_PREFIX,
  PLACEMENTS_PREFIX,
  RESULTS_PREFIX,
  UPLOADS_PREFIX,
} from '@swipegate/lambdas/stores/changes/object-keys';
import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type ConsumedQueue, queueMappings } from '../../resources.js';
import { bundledFunction, constructId } from '../constructs/functions.js';
import { allowKey, allowList, allowObjects, allowPublish, allowQueue, allowTable } from '../constructs/grants.js';
import type { BackOfficeParts } from './back-office-stack.js';

export interface Consumers {
  store: LambdaFunction;
  apply: LambdaFunction;
  fileImport: LambdaFunction;
}

/** Functions that move changes from queue to store to tables, and turn files into changes. Grants are minimal. */
export function backOfficeConsumers(scope: Construct, parts: BackOfficeParts): Consumers {
  return { store: store(scope, parts), apply: apply(scope, parts), fileImport: fileImport(scope, parts) };
}

function store(scope: Construct, parts: BackOfficeParts): LambdaFunction {
  const { queues, buckets, tables, key } = parts;
  const made = consumer(scope, 'changes', parts, {
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

function apply(scope: Construct, parts: BackOfficeParts): LambdaFunction {
  const { buckets, tables, key } = parts;
  const made = consumer(scope, 'stored', parts, { EVENTS_BUCKET: buckets.events.bucketName });
  allowTable(made, tables.changes, ['GetItem', 'UpdateItem']);
  allowTable(made, tables.changeCursors, ['GetItem', 'PutItem']);
  for (const table of [tables.cards, tables.employees]) allowTable(made, table, ['BatchGetItem', 'PutItem']);
  allowTable(made, tables.employees, ['Query'], [INDEXES.employees.byName]);
  allowTable(made, tables.site, ['BatchGetItem', 'PutItem', 'Query']);
  allowTable(made, tables.apiKeys, ['PutItem']);
  allowTable(made, tables.presence, ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate']);
  allowObjects(made, buckets.events, EVENTS_PREFIX, ['GetObject']);
  // Placements of cardholders lie beside the events. The function cannot write the events themselves.
  allowObjects(made, buckets.events, PLACEMENTS_PREFIX, ['PutObject']);
  allowList(made, buckets.events);
  allowKey(made, key, ['GenerateDataKey', 'Decrypt']);
  return made;
}

function fileImport(scope: Construct, parts: BackOfficeParts): LambdaFunction {
  const { buckets, topic, key } = parts;
  const made = consumer(scope, 'uploads', parts, {
    UPLOADS_BUCKET: buckets.uploads.bucketName,
    CHANGES_TOPIC_ARN: topic.topicArn,
  });
  allowObjects(made, buckets.uploads, UPLOADS_PREFIX, ['GetObject']);
  allowObjects(made, buckets.uploads, RESULTS_PREFIX, ['PutObject']);
  allowPublish(made, topic, key);
  return made;
}

/** A queue's function and its event source mapping. */
function consumer(
  scope: Construct,
  from: ConsumedQueue,
  { settings, bundles, queues }: BackOfficeParts,
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
