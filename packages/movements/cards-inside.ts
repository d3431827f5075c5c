import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { INDEXES, type MusterEntry, placeOfKey, placePrefix, tenantKey } from '@swipegate/contract';
import { queryAll } from '@swipegate/http/query-rows';

/** A card whose holder is inside, without the holder's name. */
export type CardInside = Omit<MusterEntry, 'name'>;

/** Reads all cards inside a building, or one zone of it, from the index by building. */
export async function cardsInside(
  dynamodb: DynamoDBClient,
  tableName: string,
  { tenantId, buildingId, zoneId }: { tenantId: string; buildingId: string; zoneId: string | undefined },
): Promise<CardInside[]> {
  const rows = await queryAll(
    dynamodb,
    {
      tableName,
      indexName: INDEXES.presence.byBuilding,
      key: ['buildingKey', tenantKey(tenantId, buildingId)],
      sortKey: 'placeKey',
    },
    zoneId === undefined ? '' : placePrefix(zoneId),
  );
  return rows.map(({ cardKey, placeKey, employeeId }) => ({
    ...(typeof employeeId === 'string' ? { employeeId } : {}),
    cardId: String(cardKey).slice(tenantId.length + 1),
    ...placeOfKey(String(placeKey)),
  }));
}
