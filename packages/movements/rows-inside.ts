import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { queryPages } from '@swipegate/aws/pages';
import { hasExpired, INDEXES, placeOfKey, placePrefix, UNKNOWN_CARD_KEEP_S } from '@swipegate/contract';

/** A row of the presence index by building. */
export interface RowInside {
  cardKey: string;
  placeKey: string;
  /** Absent if no cardholder is known. */
  employeeId?: string;
}

export interface InsideRequest {
  /** tenant/building */
  buildingKey: string;
  /** Only this zone. Default: the whole building. */
  zoneId?: string | undefined;
  /** ms since the epoch. */
  nowMs: number;
}

/**
 * Reads the cards inside a building. The index does not hold `expiresAt`, so rows that may have expired are looked up in
 * the table: DynamoDB deletes them up to days later
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html). Rejects with the SDK's error.
 */
export async function rowsInside(
  dynamodb: DynamoDBClient,
  tableName: string,
  { buildingKey, zoneId, nowMs }: InsideRequest,
): Promise<RowInside[]> {
  const pages = queryPages(dynamodb, {
    tableName,
    indexName: INDEXES.presence.byBuilding,
    key: ['buildingKey', buildingKey],
    ...(zoneId === undefined ? {} : { sortKey: { name: 'placeKey', prefix: placePrefix(zoneId) } }),
    members: ['cardKey', 'placeKey', 'employeeId'],
  });
  const found: RowInside[] = [];
  const doubtful: string[] = [];
  for await (const rows of pages) {
    for (const { cardKey, placeKey, employeeId } of rows) {
      const row: RowInside = { cardKey: String(cardKey), placeKey: String(placeKey) };
      if (typeof employeeId === 'string') row.employeeId = employeeId;
      else if (mayHaveExpired(row, nowMs)) doubtful.push(row.cardKey);
      found.push(row);
    }
  }
  if (doubtful.length === 0) return found;
  const stored = await batchGet(
    dynamodb,
    doubtful.map((cardKey) => ({ tableName, key: { cardKey } })),
  );
  const over = new Set(doubtful);
  for (const row of stored.get(tableName) ?? []) if (!hasExpired(row, nowMs)) over.delete(String(row['cardKey']));
  return found.filter(({ cardKey }) => !over.has(cardKey));
}

/** The row of an unknown card is kept for {@link UNKNOWN_CARD_KEEP_S} after its entry. An unreadable time may be older. */
function mayHaveExpired({ placeKey }: RowInside, nowMs: number): boolean {
  return !(nowMs - Date.parse(placeOfKey(placeKey).since) < UNKNOWN_CARD_KEEP_S * 1_000);
}
