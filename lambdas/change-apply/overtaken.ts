import { batchGet } from '@swipegate/aws/batch-get';
import { tenantKey } from '@swipegate/contract';
import { addToChange, changeRow } from '../stores/changes/change-table.js';
import { changeIdIn, parseEventKey, positionOf } from '../stores/changes/object-keys.js';
import type { DrainDeps } from './drain.js';

/**
 * Rejects events that were stored behind their tenant's cursor, where no drain reads them. Their sequence number is lower
 * than that of an applied event, for example because the queue was created again. Without this they stay `stored` forever.
 * @param keys of events at or before the cursor
 * @throws what the SDK throws
 */
export async function rejectOvertaken(keys: readonly string[], deps: Omit<DrainDeps, 'hasTime'>): Promise<void> {
  const { dynamodb, tables, events, logger, now } = deps;
  const places = new Map(
    keys.flatMap((key) => {
      const [place, changeId] = [parseEventKey(key), changeIdIn(key)];
      if (place === undefined || changeId === undefined) return [];
      return [[tenantKey(place.tenantId, changeId), { key, place }] as const];
    }),
  );
  const tableName = tables.TABLE_CHANGES;
  const asked = Array.from(places.keys(), (changeKey) => ({ tableName, key: { changeKey } }));
  const rows = (await batchGet(dynamodb, asked)).get(tableName) ?? [];
  for (const { changeKey, outcome } of rows) if (outcome !== undefined) places.delete(String(changeKey));
  for (const { key, place } of places.values()) {
    const change = await events.get(key);
    // Logged and skipped by the drain.
    if (change === undefined) continue;
    const { tenantId, changeId } = change;
    const reason = 'A later change of the tenant was applied before it. Send it again.';
    const settledAt = new Date(now()).toISOString();
    const result = { outcome: 'rejected', code: 'out-of-order', reason, position: positionOf(place), settledAt };
    const isFirst = await addToChange(dynamodb, tableName, change, { ...changeRow(change), ...result }, 'outcome');
    if (isFirst) logger.error({ key, tenantId, changeId }, 'event was stored behind the cursor; change rejected');
  }
}
