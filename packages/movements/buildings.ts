import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type SiteKind, tenantKey } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';

/** Checks in the site table whether a building, or a zone of it, exists. */
export class Buildings {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  async hasBuilding(tenantId: string, buildingId: string): Promise<boolean> {
    return (await this.#row(tenantId, 'buildings', buildingId)) !== undefined;
  }

  async hasZone(tenantId: string, buildingId: string, zoneId: string): Promise<boolean> {
    return (await this.#row(tenantId, 'zones', zoneId))?.['buildingId'] === buildingId;
  }

  async #row(tenantId: string, kind: SiteKind, id: string): Promise<Row | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#tableName, Key: marshall({ siteKey: tenantKey(tenantId, kind), id }) }),
    );
    return Item && unmarshall(Item);
  }
}
