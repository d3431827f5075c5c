import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { Card, type CardPresence, compile, tenantKey } from '@swipegate/contract';
import { presenceOf } from '../../stores/presence/presence.js';

const isCard = compile(Card);

/** Reads cards, by cardId. Unknown cards are left out. @param cardIds without duplicates */
export async function readCards(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardIds: readonly string[],
): Promise<Map<string, Card>> {
  const keys = cardIds.map((cardId) => ({ tableName, key: { cardKey: tenantKey(tenantId, cardId) } }));
  const rows = (await batchGet(dynamodb, keys)).get(tableName) ?? [];
  return new Map(rows.flatMap((row) => (isCard(row) ? [[row.cardId, cardOf(row)] as const] : [])));
}

/** Reads where cardholders are, by cardId. A card without an entry counts as outdoors. */
export async function readPresence(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardIds: readonly string[],
): Promise<Map<string, CardPresence>> {
  const keys = cardIds.map((cardId) => ({ tableName, key: { cardKey: tenantKey(tenantId, cardId) } }));
  const rows = (await batchGet(dynamodb, keys)).get(tableName) ?? [];
  return new Map(
    rows.flatMap((row) => {
      const presence = presenceOf(row);
      if (presence === undefined) return [];
      const { cardKey, inside } = presence;
      const cardId = cardKey.slice(tenantId.length + 1);
      return [[cardId, inside === undefined ? { inside: false } : { inside: true, place: inside }] as const];
    }),
  );
}

/** The card's members of a table row. */
function cardOf({ cardId, status, employeeId, validFrom, validUntil }: Card): Card {
  return {
    cardId,
    status,
    ...(employeeId === undefined ? {} : { employeeId }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}
