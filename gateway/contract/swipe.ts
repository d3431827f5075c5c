import Type from 'typebox';
import { CardId, Direction, ReaderId, SwipeId, TenantId, Timestamp, tenantKey } from './identifiers.js';

/** Swipes in one array or NDJSON body. */
export const MAX_BATCH_ITEMS = 500;

const swipeFields = {
  swipeId: SwipeId,
  readerId: ReaderId,
  cardId: CardId,
  readAt: Timestamp,
  direction: Type.Optional(Direction),
};

/** What a reader posts. `direction` counts only at a reader that serves both ways. */
export const Swipe = Type.Object(swipeFields, {
  $id: 'Swipe',
  additionalProperties: false,
  description: 'One card shown at one reader',
});
export type Swipe = Type.Static<typeof Swipe>;

/** What travels on the `swipes` stream, one JSON document per user record, partition key {@link swipePartitionKey}. */
export const SwipeRecord = Type.Object({
  kind: Type.Literal('swipe'),
  tenantId: TenantId,
  ...swipeFields,
  receivedAt: Timestamp,
});
export type SwipeRecord = Type.Static<typeof SwipeRecord>;

/** One card's swipes share a partition key, so that they stay in order in one shard. */
export function swipePartitionKey(tenantId: string, cardId: string): string {
  return tenantKey(tenantId, cardId);
}
