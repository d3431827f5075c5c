import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { batchWriteIf, versionBefore, type WriteResult } from '@swipegate/aws/batch-write-if';
import { tenantKey, type Zone } from '@swipegate/contract';
import { rowsInside } from '@swipegate/movements/rows-inside';
import { replaceUnreadable } from '../../stores/replace-unreadable.js';
import { healedVersion } from '../../stores/row-version.js';
import { occupantOf, type ZoneState, zoneRow, zoneStateOf } from '../../stores/zone-state.js';
import { noRows, type ReadRows } from './store.js';

export interface TenantZone {
  tenantId: string;
  zone: Zone;
}

type Tables = Record<'TABLE_ZONE_STATE' | 'TABLE_PRESENCE', string>;

/** Rows of zones whose rules depend on who else is inside. Other zones have none, and their swipes cost no read. */
export class ZoneStore {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: Tables;

  constructor(dynamodb: DynamoDBClient, tables: Tables) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
  }

  /**
   * Reads zones, by tenant/zone. A zone without a row (its rule is new), or with one that cannot be read, starts with
   * the cards that are inside.
   */
  async read(zones: ReadonlyMap<string, TenantZone>): Promise<ReadRows<ZoneState>> {
    const states: ReadRows<ZoneState> = noRows();
    if (zones.size === 0) return states;
    const tableName = this.#tables.TABLE_ZONE_STATE;
    const keys = Array.from(zones.keys(), (zoneKey) => ({ tableName, key: { zoneKey } }));
    const found = new Map<string, Row>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const zoneKey = String(row['zoneKey']);
      const state = zoneStateOf(row);
      if (state === undefined) found.set(zoneKey, row);
      else states.rows.set(zoneKey, state);
    }
    for (const [zoneKey, zone] of zones) {
      if (states.rows.has(zoneKey)) continue;
      const state = { zoneKey, version: 0, occupants: await this.#cardsInside(zone), presentations: [] };
      states.rows.set(zoneKey, state);
      const row = found.get(zoneKey);
      if (row === undefined) continue;
      state.version = healedVersion(row['version']);
      const { zoneKey: _, ...values } = zoneRow(state);
      states.unreadable.set(zoneKey, {
        reason: `The row of ${zoneKey} in ${tableName} was invalid: it was healed from the cards inside.`,
        heal: () => replaceUnreadable(this.#dynamodb, tableName, { key: { zoneKey }, found: row, values }),
      });
    }
    return states;
  }

  /** Writes zones' rows, each only if the stored version is the one before. @returns the results, in order */
  async commit(states: readonly ZoneState[]): Promise<WriteResult[]> {
    const writes = states.map((state) => {
      const { zoneKey, ...values } = zoneRow(state);
      return { key: { zoneKey }, values, was: versionBefore(state.version) };
    });
    return batchWriteIf(this.#dynamodb, this.#tables.TABLE_ZONE_STATE, writes);
  }

  async #cardsInside({ tenantId, zone: { zoneId, buildingId } }: TenantZone): Promise<string[]> {
    const buildingKey = tenantKey(tenantId, buildingId);
    const request = { buildingKey, zoneId, nowMs: Date.now() };
    const rows = await rowsInside(this.#dynamodb, this.#tables.TABLE_PRESENCE, request);
    return rows.map(({ cardKey }) => occupantOf(cardKey.slice(tenantId.length + 1)));
  }
}
