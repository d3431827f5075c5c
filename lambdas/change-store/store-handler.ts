import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Change, compile, explain } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Logger, pino } from 'pino';
import { addToChange, changeRow } from '../stores/changes/change-table.js';
import { EventStore } from '../stores/changes/event-store.js';
import { readEnvironment } from './environment.js';

const isChange = compile(Change);
const SEQUENCE = /^\d{1,20}$/;

interface StoreDeps {
  dynamodb: DynamoDBClient;
  tableChanges: string;
  events: Pick<EventStore, 'put' | 'dayFor'>;
  /** Sends a message that is not a valid change to the dead-letter queue. */
  bury(record: SQSRecord, reason: string): Promise<void>;
  logger: Logger;
  /** ms since the epoch. */
  now(): number;
}

/**
 * Creates the Lambda handler: messages of the FIFO queue in, objects of the event store and a partial batch response
 * out. Each tenant is a message group. Its messages arrive and are stored in order, one at a time, so a reader that
 * sees an event also sees all earlier ones. After a failure no later message of that tenant is stored.
 */
export function createStoreHandler(deps: StoreDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const groups = new Map<string, SQSRecord[]>();
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId ?? '';
      groups.set(group, [...(groups.get(group) ?? []), record]);
    }
    const failed = await Promise.all(Array.from(groups.values(), (records) => storeGroup(records, deps)));
    return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** @returns ids of the messages to retry */
async function storeGroup(records: readonly SQSRecord[], deps: StoreDeps): Promise<string[]> {
  let lastDay = '';
  for (const [i, record] of records.entries()) {
    try {
      const change = changeOf(record);
      if (typeof change === 'string') {
        deps.logger.error(
          { messageId: record.messageId, reason: change },
          'message is not a valid change; moving it to the dead-letter queue',
        );
        await deps.bury(record, change);
        continue;
      }
      if (lastDay === '')
        lastDay = await deps.events.dayFor(change.tenantId, { ms: sentMs(record), sequence: sequenceOf(record) });
      const day = new Date(sentMs(record)).toISOString().slice(0, 10);
      if (day > lastDay) lastDay = day;
      await storeOne(record, change, lastDay, deps);
    } catch (error) {
      deps.logger.error({ err: error, messageId: record.messageId }, 'could not store event; it will be retried');
      return records.slice(i).map(({ messageId }) => messageId);
    }
  }
  return [];
}

async function storeOne(record: SQSRecord, change: Change, day: string, deps: StoreDeps): Promise<void> {
  const { tenantId } = change;
  const objectKey = await deps.events.put({ tenantId, day, sequence: sequenceOf(record) }, change);
  const storedAt = new Date(deps.now()).toISOString();
  try {
    await addToChange(deps.dynamodb, deps.tableChanges, change, { ...changeRow(change), storedAt, objectKey });
  } catch (error) {
    // Not fatal: the event is applied from the store; the table only reports progress.
    deps.logger.warn(
      { err: error, changeId: change.changeId },
      'event is stored, but its progress could not be written',
    );
  }
}

/** @returns the change, or the reason why the message is not one */
function changeOf({ body, attributes }: SQSRecord): Change | string {
  const change = jsonAttribute(body);
  if (change === undefined) return 'The body is not JSON.';
  if (!isChange(change)) {
    const { field, reason } = explain(isChange.errors);
    return `${field} ${reason}.`;
  }
  // Order is kept only within a group, so a change in another group than its tenant's would have none.
  if (attributes.MessageGroupId !== change.tenantId) return 'The message group must be the tenantId.';
  // The event's place in the store. Without it the events would lie in the order of their ids.
  if (!SEQUENCE.test(attributes.SequenceNumber ?? '')) {
    return 'The queue must give each message a SequenceNumber of 1 to 20 digits, as a FIFO queue of SQS does.';
  }
  return change;
}

function sentMs({ attributes }: SQSRecord): number {
  return Number(attributes.SentTimestamp);
}

function sequenceOf({ attributes }: SQSRecord): string {
  return attributes.SequenceNumber ?? '';
}

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeStoreHandler(
  { dynamodb, s3, sqs }: { dynamodb: DynamoDBClient; s3: S3Client; sqs: SQSClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  return createStoreHandler({
    dynamodb,
    tableChanges: environment.TABLE_CHANGES,
    events: new EventStore(s3, environment.EVENTS_BUCKET),
    async bury({ body, messageId, attributes }, reason) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: environment.DEAD_LETTER_QUEUE_URL,
          MessageBody: body,
          MessageGroupId: attributes.MessageGroupId,
          MessageDeduplicationId: messageId,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
        }),
      );
    },
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'change-store' } }),
    now: () => Date.now(),
  });
}
