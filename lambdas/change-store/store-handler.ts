import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Change, compile, explain } from '@swipegate/contract';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Logger } from 'pino';
import { addToChange, changeRow } from '../stores/changes/change-table.js';
import type { EventStore } from '../stores/changes/event-store.js';

const isChange = compile(Change);

export interface StoreParts {
  dynamodb: DynamoDBClient;
  tableChanges: string;
  events: Pick<EventStore, 'put' | 'dayFor'>;
  /** Sends a message that is no change where somebody looks at it. */
  bury(record: SQSRecord, reason: string): Promise<void>;
  logger: Logger;
  /** ms since the epoch. */
  now(): number;
}

/**
 * Messages of the FIFO queue in, objects of the event store out, partial batch response. A tenant is a message group: its
 * messages come in their order, in one batch at a time, and each is stored before the next, so that whoever sees an event in
 * the store sees all that come before it. After one that failed, none of its tenant is stored.
 */
export function createStoreHandler(parts: StoreParts) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const groups = new Map<string, SQSRecord[]>();
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId ?? '';
      groups.set(group, [...(groups.get(group) ?? []), record]);
    }
    const failed = await Promise.all(Array.from(groups.values(), (records) => storeGroup(records, parts)));
    return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** @returns ids of the messages that must come again */
async function storeGroup(records: readonly SQSRecord[], parts: StoreParts): Promise<string[]> {
  let lastDay = '';
  for (const [i, record] of records.entries()) {
    try {
      const change = changeOf(record);
      if (typeof change === 'string') {
        parts.logger.error({ messageId: record.messageId, reason: change }, 'message is no change');
        await parts.bury(record, change);
        continue;
      }
      if (lastDay === '')
        lastDay = await parts.events.dayFor(change.tenantId, { ms: sentMs(record), sequence: sequenceOf(record) });
      lastDay = later(lastDay, dayOf(sentMs(record)));
      await storeOne(record, change, lastDay, parts);
    } catch (error) {
      parts.logger.error({ err: error, messageId: record.messageId }, 'event could not be stored; it comes again');
      return records.slice(i).map(({ messageId }) => messageId);
    }
  }
  return [];
}

async function storeOne(record: SQSRecord, change: Change, day: string, parts: StoreParts): Promise<void> {
  const { tenantId } = change;
  const objectKey = await parts.events.put({ tenantId, day, sequence: sequenceOf(record) }, change);
  const storedAt = new Date(parts.now()).toISOString();
  try {
    await addToChange(parts.dynamodb, parts.tableChanges, change, { ...changeRow(change), storedAt, objectKey });
  } catch (error) {
    // It is stored, and applied from there: how far it is said to have come must not hold it up.
    parts.logger.warn({ err: error, changeId: change.changeId }, 'that the event is stored could not be written down');
  }
}

/** @returns the change, or why it is none */
function changeOf({ body, attributes }: SQSRecord): Change | string {
  let change: unknown;
  try {
    change = JSON.parse(body);
  } catch {
    return 'The body is not JSON.';
  }
  if (!isChange(change)) {
    const { field, reason } = explain(isChange.errors);
    return `${field} ${reason}.`;
  }
  // Its order is that of the group: in another tenant's it would have none.
  if (attributes.MessageGroupId !== change.tenantId) return 'The message group is not that of the tenant.';
  return change;
}

function sentMs({ attributes }: SQSRecord): number {
  return Number(attributes.SentTimestamp);
}

function sequenceOf({ attributes }: SQSRecord): string {
  return attributes.SequenceNumber ?? '';
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
