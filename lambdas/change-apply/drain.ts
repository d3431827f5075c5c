import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, rowOf } from '@swipegate/aws/attributes';
import type { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, positionOf } from '../stores/changes/object-keys.js';
import { type ApplyParts, applyEvent } from './apply-event.js';

/** Cursors of the tenants: the key of the last event whose effects are all done. */
export class Cursors {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /** @returns the key; undefined before the first event */
  async read(tenantId: string): Promise<string | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#tableName, Key: itemOf({ tenantId }), ConsistentRead: true }),
    );
    const eventKey = Item && rowOf(Item)['eventKey'];
    return typeof eventKey === 'string' ? eventKey : undefined;
  }

  /** Moves the cursor forward, never back. */
  async advance(tenantId: string, eventKey: string): Promise<void> {
    try {
      await this.#dynamodb.send(
        new PutItemCommand({
          TableName: this.#tableName,
          Item: itemOf({ tenantId, eventKey }),
          ConditionExpression: 'attribute_not_exists(eventKey) OR eventKey < :eventKey',
          ExpressionAttributeValues: { ':eventKey': attributeOf(eventKey) },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/** Number of events that are read ahead. The cursor moves after each page. */
const PAGE = 25;

export interface DrainParts extends ApplyParts {
  events: Pick<EventStore, 'list' | 'get' | 'putPlacements'>;
  cursors: Pick<Cursors, 'read' | 'advance'>;
  /** Whether there is time for another page. */
  hasTime(): boolean;
}

/**
 * Applies a tenant's stored events in order, from its cursor on, until all are applied or time is up. Notices of new
 * objects come in any order and may repeat; only the store's order counts. Concurrent calls do no harm (see {@link
 * applyEvent}).
 *
 * @returns the key of the last applied event; undefined if there is none
 * @throws what the SDK throws; the cursor then covers the events applied so far
 */
export async function drainTenant(tenantId: string, parts: DrainParts): Promise<string | undefined> {
  let cursor = await parts.cursors.read(tenantId);
  while (parts.hasTime()) {
    const keys = await parts.events.list(tenantId, cursor, PAGE);
    if (keys.length === 0) break;
    let done = cursor;
    try {
      for await (const [key, change] of readAhead(keys, parts)) {
        const place = parseEventKey(key);
        if (change === undefined || place === undefined)
          parts.logger.error({ key }, 'object is not a valid event; skipped');
        else await applyEvent(change, positionOf(place), parts);
        done = key;
      }
    } finally {
      if (done !== undefined && done !== cursor) await parts.cursors.advance(tenantId, done);
      cursor = done;
    }
  }
  return cursor;
}

/** Yields objects in the order of their keys. Requests all of them at once. */
async function* readAhead(keys: readonly string[], { events }: { events: Pick<EventStore, 'get'> }) {
  const requests = keys.map((key) => {
    const change = events.get(key);
    // Prevents an unhandled rejection until the promise is awaited in its turn.
    change.catch(() => undefined);
    return [key, change] as const;
  });
  for (const [key, change] of requests) yield [key, await change] as const;
}
