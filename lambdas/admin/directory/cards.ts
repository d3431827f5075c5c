import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { type Card, type CardPresence, type CardWithPresence, tenantKey } from '@swipegate/contract';
import { cardOf, heldCard } from '@swipegate/contract/back-office/holds';
import { may } from '@swipegate/contract/back-office/permissions';
import type { AdminUser } from '@swipegate/http/sign-in/token-verifier';
import { versionOf } from '../../stores/changes/entries.js';
import { presenceOf, unexpired } from '../../stores/presence.js';

/** Leaves out unknown cards. @param cardIds without duplicates */
export async function readCards(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardIds: readonly string[],
): Promise<Map<string, Card>> {
  const rows = await rowsOf(dynamodb, tableName, tenantId, cardIds);
  const cards = new Map<string, Card>();
  for (const row of rows) {
    const card = cardOf(row);
    if (card !== undefined) cards.set(card.cardId, heldCard(card, row));
  }
  return cards;
}

/** Leaves out unknown cards, and the place unless the user may see movements. @param cardIds without duplicates */
export async function readCardsWithPresence(
  dynamodb: DynamoDBClient,
  { TABLE_CARDS, TABLE_PRESENCE }: { TABLE_CARDS: string; TABLE_PRESENCE: string },
  user: AdminUser,
  cardIds: readonly string[],
): Promise<CardWithPresence[]> {
  const { tenantId } = user;
  const cards = await readCards(dynamodb, TABLE_CARDS, tenantId, cardIds);
  const places = new Map<string, CardPresence['place']>();
  const nowMs = Date.now();
  for (const row of await rowsOf(dynamodb, TABLE_PRESENCE, tenantId, Array.from(cards.keys()))) {
    const presence = presenceOf(row);
    if (presence !== undefined) places.set(presence.cardKey, unexpired(presence, nowMs).inside);
  }
  return Array.from(cards.values(), (card) => {
    const place = places.get(tenantKey(tenantId, card.cardId));
    const inside = place !== undefined;
    const presence = inside && may(user, 'swipes.read') ? { inside, place } : { inside };
    return { ...card, version: versionOf('card', card), presence };
  });
}

/** Leaves out a card whose unlinking is in force, but has not had its turn: the employee's row still lists it. */
export function linkedTo<Linked extends Card>(employeeId: string, cards: readonly Linked[]): Linked[] {
  return cards.filter((card) => card.employeeId === employeeId);
}

async function rowsOf(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardIds: readonly string[],
): Promise<Row[]> {
  const keys = cardIds.map((cardId) => ({ tableName, key: { cardKey: tenantKey(tenantId, cardId) } }));
  return (await batchGet(dynamodb, keys)).get(tableName) ?? [];
}
