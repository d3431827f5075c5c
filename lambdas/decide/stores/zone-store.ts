import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchWriteIf, type WriteResult } from '@swipegate/aws/batch-write-if';
import { INDEXES, placePrefix, tenantKey, type Zone } from '@swipegate/contract';
import type { DecideEnvironment } from '../environment.js';
import { StoreError } from './store.js';
import { type ZoneState, zoneRow, zoneStateOf } from './zone-state.js';

/** A zone of a tenant. */
export interface TenantZone {
  tenantId: string;
  zone: Zone;
}

/** Rows of zones whose rules depend on who else is inside. Other zones have none, and their swipes cost no read. */
export class ZoneStore {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: Pick<DecideEnvironment, 'TABLE_ZONE_STATE' | 'TABLE_PRESENCE'>;

  constructor(dynamodb: DynamoDBClient, tables: Pick<DecideEnvironment, 'TABLE_ZONE_STATE' | 'TABLE_PRESENCE'>) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
  }

  /**
   * Reads zones, by tenant/zone. A zone without a row (its rule is new) starts with the cards that are inside.
   * @throws {StoreError} naming every zone with an unreadable row
   */
  async read(zones: ReadonlyMap<string, TenantZone>): Promise<Map<string, ZoneState>> {
    const states = new Map<string, ZoneState>();
    if (zones.size === 0) return states;
    const tableName = this.#tables.TABLE_ZONE_STATE;
    const keys = Array.from(zones.keys(), (zoneKey) => ({ tableName, key: { zoneKey } }));
    const wrong = new Map<string, string>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const zoneKey = String(row['zoneKey']);
      const state = zoneStateOf(row);
      if (state !== undefined) states.set(zoneKey, state);
      else
        wrong.set(zoneKey, `The row of zone ${zoneKey} in ${tableName} is invalid: delete it, then redrive the swipe.`);
    }
    if (wrong.size > 0) throw new StoreError(wrong);
    for (const [zoneKey, zone] of zones) {
      if (states.has(zoneKey)) continue;
      states.set(zoneKey, { zoneKey, version: 0, occupants: await this.#cardsInside(zone), presentations: [] });
    }
    return states;
  }

  /**
   * Writes zones' rows, each only if the stored version is the one before its own.
   * @returns the result of each, in order
   */
  async commit(states: readonly ZoneState[]): Promise<WriteResult[]> {
    return batchWriteIf(
      this.#dynamodb,
      this.#tables.TABLE_ZONE_STATE,
      states.map((state) => {
        const { zoneKey, ...values } = zoneRow(state);
        return { key: { zoneKey }, values, was: state.version === 1 ? undefined : { version: state.version - 1 } };
      }),
    );
  }

  async #cardsInside({ tenantId, zone: { zoneId, buildingId } }: TenantZone): Promise<string[]> {
    const prefix = tenantKey(tenantId, '');
    const cardIds: string[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#tables.TABLE_PRESENCE,
          IndexName: INDEXES.presence.byBuilding,
          KeyConditionExpression: 'buildingKey = :building AND begins_with(placeKey, :zone)',
          ExpressionAttributeValues: marshall({
            ':building': tenantKey(tenantId, buildingId),
            ':zone': placePrefix(zoneId),
          }),
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) cardIds.push(String(unmarshall(item)['cardKey']).slice(prefix.length));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return cardIds;
  }
}
