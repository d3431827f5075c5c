import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { type MusterEntry, placeOfKey, type SiteKind, tenantKey } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';
import { rowsInside } from './rows-inside.js';

export type CardInside = Omit<MusterEntry, 'name' | 'cardState'>;

export class Buildings {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: { TABLE_SITE: string; TABLE_PRESENCE: string };

  constructor(dynamodb: DynamoDBClient, tables: { TABLE_SITE: string; TABLE_PRESENCE: string }) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
  }

  async hasBuilding(tenantId: string, buildingId: string): Promise<boolean> {
    return (await this.#siteRow(tenantId, 'buildings', buildingId)) !== undefined;
  }

  async hasZone(tenantId: string, buildingId: string, zoneId: string): Promise<boolean> {
    return (await this.#siteRow(tenantId, 'zones', zoneId))?.['buildingId'] === buildingId;
  }

  /** Cards inside a building, or one zone of it. */
  async cardsInside(tenantId: string, buildingId: string, zoneId?: string): Promise<CardInside[]> {
    const buildingKey = tenantKey(tenantId, buildingId);
    const request = { buildingKey, zoneId, nowMs: Date.now() };
    const rows = await rowsInside(this.#dynamodb, this.#tables.TABLE_PRESENCE, request);
    return rows.map(({ cardKey, placeKey, ...holder }) => ({
      ...holder,
      cardId: cardKey.slice(tenantId.length + 1),
      ...placeOfKey(placeKey),
    }));
  }

  async #siteRow(tenantId: string, kind: SiteKind, id: string): Promise<Row | undefined> {
    const key = marshall({ siteKey: tenantKey(tenantId, kind), id });
    const { Item } = await this.#dynamodb.send(new GetItemCommand({ TableName: this.#tables.TABLE_SITE, Key: key }));
    return Item && rowOf(Item);
  }
}
