import { type AttributeValue, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEXES, type SiteKind, tenantKey } from '@swipegate/contract';

const BUILDINGS: SiteKind = 'buildings';
/** What a row of the site table has before its kind: a tenant, which has no slash. */
const OF_BUILDINGS = tenantKey('', BUILDINGS);

/**
 * All buildings of all tenants, as tenant/building. The table of sites is small and says who the tenants are: so also a
 * building that everybody has left is counted.
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
