import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { batchWriteIf, type WriteResult } from '@swipegate/aws/batch-write-if';
import { compile, tenantKey, type Zone } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { rowsInside } from '@swipegate/movements/rows-inside';
import Type from 'typebox';
import { replaceUnreadable } from '../../stores/replace-unreadable.js';
import { noRows, type ReadRows } from './store.js';

/** A {@link Presentation} of the zone rules, with its swipe. */
const NotedPresentation = Type.Object({
  swipeId: Type.String(),
  cardId: Type.String(),
  /** Stream position of the swipe. */
  sequence: Type.String(),
  employeeId: Type.String(),
  readerId: Type.String(),
  atMs: Type.Number(),
  answer: Type.Enum(['admitted', 'denied-upper-occupancy-limit', 'denied-no-accompaniment']),
  isHistory: Type.Boolean(),
  /** When it was noted, ms since the epoch. */
  notedAtMs: Type.Number(),
});
export type NotedPresentation = Type.Static<typeof NotedPresentation>;

/** One zone's row. It is written before the cards that it admits, so no place is granted twice. */
const ZoneState = Type.Object({
  zoneKey: Type.String(),
  /** Number of writes. A write is refused if another one came between its read and its write. */
  version: Type.Integer({ minimum: 0 }),
  /** Bare cardIds: 5,000 of 64 characters must fit into a row of at most 400 KB. */
  occupants: Type.Array(Type.String()),
  /** Recent answers, oldest first. */
  presentations: Type.Array(NotedPresentation),
});
export type ZoneState = Type.Static<typeof ZoneState>;

const isZoneState = compile(ZoneState);

/** Converts to a table row. Lists are strings because nothing queries inside them. */
export function zoneRow({ zoneKey, version, occupants, presentations }: ZoneState) {
  return { zoneKey, version, occupants: JSON.stringify(occupants), presentations: JSON.stringify(presentations) };
}

/** Parses a table row; undefined if it is invalid. */
export function zoneStateOf(row: Readonly<Record<string, unknown>>): ZoneState | undefined {
  const state: unknown = {
    ...row,
    occupants: jsonAttribute(row['occupants']),
    presentations: jsonAttribute(row['presentations']),
  };
  return isZoneState(state) ? state : undefined;
}

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
      state.version = Number.isSafeInteger(row['version']) ? Math.max(1, Number(row['version']) + 1) : 1;
      states.unreadable.set(zoneKey, {
        reason: `The row of ${zoneKey} in ${tableName} was invalid: it was healed from the cards inside.`,
        heal: () => replaceUnreadable(this.#dynamodb, tableName, { found: row, values: zoneRow(state) }),
      });
    }
    return states;
  }

  /** Writes zones' rows, each only over the version before its own. @returns the result of each, in order */
  async commit(states: readonly ZoneState[]): Promise<WriteResult[]> {
    const writes = states.map((state) => {
      const { zoneKey, ...values } = zoneRow(state);
      return { key: { zoneKey }, values, was: state.version === 1 ? undefined : { version: state.version - 1 } };
    });
    return batchWriteIf(this.#dynamodb, this.#tables.TABLE_ZONE_STATE, writes);
  }

  async #cardsInside({ tenantId, zone: { zoneId, buildingId } }: TenantZone): Promise<string[]> {
    const buildingKey = tenantKey(tenantId, buildingId);
    const request = { buildingKey, zoneId, nowMs: Date.now() };
    const rows = await rowsInside(this.#dynamodb, this.#tables.TABLE_PRESENCE, request);
    return rows.map(({ cardKey }) => cardKey.slice(tenantId.length + 1));
  }
}
