import type { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, positionOf } from '../stores/changes/object-keys.js';
import { type ApplyParts, applyEvent } from './apply-event.js';
import type { Cursors } from './cursors.js';

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
