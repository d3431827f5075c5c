import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { compile, type MusterEntry, placeOfKey, Reader, type SiteKind, tenantKey } from '@swipegate/contract';
import { queryAll, type Row } from '@swipegate/http/query-rows';
import { rowsInside } from './rows-inside.js';

export type CardInside = Omit<MusterEntry, 'name' | 'cardState'>;

const isReader = compile(Reader);

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

  /** Readers at the assembly points of a building. */
  async musterReaders(tenantId: string, buildingId: string): Promise<Reader[]> {
    const key = ['siteKey', tenantKey(tenantId, 'readers')] as const;
    const rows = await queryAll(this.#dynamodb, { tableName: this.#tables.TABLE_SITE, key });
    const readers = rows.map(({ id, ...row }) => ({ ...row, readerId: id })).filter((row) => isReader(row));
    return readers.filter((reader) => reader.buildingId === buildingId && reader.muster === true);
  }

  async #siteRow(tenantId: string, kind: SiteKind, id: string): Promise<Row | undefined> {
    const key = marshall({ siteKey: tenantKey(tenantId, kind), id });
    const { Item } = await this.#dynamodb.send(new GetItemCommand({ TableName: this.#tables.TABLE_SITE, Key: key }));
    return Item && rowOf(Item);
  }
}
