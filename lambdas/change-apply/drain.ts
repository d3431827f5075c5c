import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, rowOf } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import type { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, positionOf } from '../stores/changes/object-keys.js';
import { type ApplyDeps, applyEvent } from './apply-event.js';

/** Number of events that are read ahead. */
const PAGE = 25;

export interface DrainDeps extends ApplyDeps {
  events: Pick<EventStore, 'list' | 'get' | 'putPlacements'>;
  /** For another page. */
  hasTime(): boolean;
}

/**
 * Applies a tenant's stored events in the store's order, from its cursor on, until all are applied or time is up.
 * Concurrent calls do no harm (see {@link applyEvent}).
 * @returns the key of the last applied event; undefined if there is none
 * @throws what the SDK throws; the cursor then covers the events applied so far
 */
export async function drainTenant(tenantId: string, deps: DrainDeps): Promise<string | undefined> {
  let cursor = await readCursor(tenantId, deps);
  while (deps.hasTime()) {
    const keys = await deps.events.list(tenantId, cursor, PAGE);
    if (keys.length === 0) break;
    let done = cursor;
    try {
      for await (const [key, change] of readAhead(keys, deps)) {
        const place = parseEventKey(key);
        if (change === undefined || place === undefined)
          deps.logger.error({ key }, 'object is not a valid event; skipped');
        else await applyEvent(change, positionOf(place), deps);
        done = key;
      }
    } finally {
      if (done !== undefined && done !== cursor) await advanceCursor(tenantId, done, deps);
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

/** Returns a tenant's cursor: the key of the last event whose effects are all done; undefined before the first. */
export async function readCursor(
  tenantId: string,
  { dynamodb, tables }: Pick<DrainDeps, 'dynamodb' | 'tables'>,
): Promise<string | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: tables.TABLE_CHANGE_CURSORS, Key: itemOf({ tenantId }), ConsistentRead: true }),
  );
  const eventKey = Item && rowOf(Item)['eventKey'];
  return typeof eventKey === 'string' ? eventKey : undefined;
}

/** Moves the cursor forward, never back. */
async function advanceCursor(tenantId: string, eventKey: string, { dynamodb, tables }: DrainDeps): Promise<void> {
  await isWritten(
    dynamodb.send(
      new PutItemCommand({
        TableName: tables.TABLE_CHANGE_CURSORS,
        Item: itemOf({ tenantId, eventKey }),
        ConditionExpression: 'attribute_not_exists(eventKey) OR eventKey < :eventKey',
        ExpressionAttributeValues: { ':eventKey': attributeOf(eventKey) },
      }),
    ),
  );
}
