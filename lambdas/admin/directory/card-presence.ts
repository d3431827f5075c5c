import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Card, CardPresence, CardWithPresence } from '@swipegate/contract';
import { may } from '@swipegate/contract/back-office/permissions';
import type { AdminUser } from '../sign-in/admin-user.js';
import { readPresence } from './cards.js';

const OUTDOORS: CardPresence = { inside: false };

/** Adds to each card whether its holder is inside; adds the place only for users who may see movements. */
export async function withPresence(
  dynamodb: DynamoDBClient,
  tableName: string,
  user: AdminUser,
  cards: readonly Card[],
): Promise<CardWithPresence[]> {
  const cardIds = cards.map(({ cardId }) => cardId);
  const presence = await readPresence(dynamodb, tableName, user.tenantId, cardIds);
  return cards.map((card) => {
    const { inside, place } = presence.get(card.cardId) ?? OUTDOORS;
    return { ...card, presence: place !== undefined && may(user, 'swipes.read') ? { inside, place } : { inside } };
  });
}
