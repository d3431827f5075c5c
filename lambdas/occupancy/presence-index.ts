import { type AttributeValue, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEXES, type SiteKind, tenantKey } from '@swipegate/contract';

const BUILDINGS: SiteKind = 'buildings';
/** End of the siteKey of building rows. The tenant before it contains no slash. */
const OF_BUILDINGS = tenantKey('', BUILDINGS);

/**
 * Keys (tenant/building) of all buildings of all tenants. They come from the small site table, so empty buildings are
 * counted too.
 */
export async function buildingKeys(dynamodb: DynamoDBClient, tableName: string): Promise<string[]> {
  const keys: string[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const answer = await dynamodb.send(
      new ScanCommand({
        TableName: tableName,
        ProjectionExpression: '#site, #id',
        FilterExpression: 'contains(#site, :buildings)',
        ExpressionAttributeNames: { '#site': 'siteKey', '#id': 'id' },
        ExpressionAttributeValues: marshall({ ':buildings': OF_BUILDINGS }),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of answer.Items ?? []) {
      const { siteKey, id } = unmarshall(item);
      keys.push(tenantKey(String(siteKey).slice(0, -OF_BUILDINGS.length), String(id)));
    }
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return keys;
}

/** Place keys of the cards inside a building. */
export async function placeKeysIn(dynamodb: DynamoDBClient, tableName: string, buildingKey: string): Promise<string[]> {
  const keys: string[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const answer = await dynamodb.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: INDEXES.presence.byBuilding,
        KeyConditionExpression: '#building = :building',
        ProjectionExpression: '#place',
        ExpressionAttributeNames: { '#building': 'buildingKey', '#place': 'placeKey' },
        ExpressionAttributeValues: marshall({ ':building': buildingKey }),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of answer.Items ?? []) keys.push(String(unmarshall(item)['placeKey']));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return keys;
}
