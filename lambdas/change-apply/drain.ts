import type { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, positionOf } from '../stores/changes/object-key.js';
import { type ApplyParts, applyEvent } from './apply-event.js';
import type { Cursors } from './cursors.js';

/** Events that are read ahead, and after which the cursor is moved. */
const PAGE = 25;

export interface DrainParts extends ApplyParts {
  events: Pick<EventStore, 'list' | 'get' | 'putPlacements'>;
  cursors: Pick<Cursors, 'read' | 'advance'>;
  /** Whether there is time for another page. */
  hasTime(): boolean;
}

/**
 * Applies a tenant's stored events in their order, from its cursor on, until all are applied or time is up. Notices of new
 * objects come in any order, and twice; the store's own order is what counts. Two at once do no harm (see {@link applyEvent}).
 *
 * @returns the key of the last event that is applied; undefined when there is none
 * @throws what the SDK throws, after as much as could be done
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
        if (change === undefined || place === undefined) parts.logger.error({ key }, 'object is no event; passed over');
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

/** Objects in the order of their keys, all asked for at once. */
async function* readAhead(keys: readonly string[], { events }: { events: Pick<EventStore, 'get'> }) {
  const asked = keys.map((key) => {
    const change = events.get(key);
    // It is awaited in its turn; until then a failure is nobody's.
    change.catch(() => undefined);
    return [key, change] as const;
  });
  for (const [key, change] of asked) yield [key, await change] as const;
}
