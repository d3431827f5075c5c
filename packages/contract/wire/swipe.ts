import Type from 'typebox';
import { CardId, Direction, ReaderId, SwipeId, TenantId, Timestamp, tenantKey } from '../values/identifiers.js';

/** Swipes in one array or NDJSON body. */
export const MAX_BATCH_ITEMS = 500;

const swipeFields = {
  swipeId: SwipeId,
  readerId: ReaderId,
  cardId: CardId,
  readAt: Timestamp,
  direction: Type.Optional(Direction),
  duress: Type.Optional(
    Type.Boolean({ description: 'The cardholder gave the duress sign: granted as ever, and a silent alarm is raised' }),
  ),
  offlineOutcome: Type.Optional(
    Type.Enum(['granted', 'denied'], {
      description:
        'What the reader did by itself while it could not reach the gateway. Such a swipe is recorded as history and opens no door',
    }),
  ),
};

/** What a reader posts. `direction` counts only at a reader that serves both ways. */
export const Swipe = Type.Object(swipeFields, {
  $id: 'Swipe',
  additionalProperties: false,
  description: 'One card shown at one reader',
});
export type Swipe = Type.Static<typeof Swipe>;

/** A swipe that the gateway has accepted. */
export const SwipeRecord = Type.Object({ tenantId: TenantId, ...swipeFields, receivedAt: Timestamp });
export type SwipeRecord = Type.Static<typeof SwipeRecord>;

/**
 * What travels on the `swipes` stream, one JSON document per user record, partition key {@link swipePartitionKey}. Every
 * byte of it is paid for a thousand times a second: the gateway's own time is milliseconds since the epoch.
 */
export const SwipeMessage = Type.Object(
  {
    tenantId: TenantId,
    ...swipeFields,
    receivedAt: Type.Integer({ minimum: 0, maximum: 8.64e15, description: 'Milliseconds since the epoch' }),
  },
  // A member that this version does not know may forbid what it would grant.
  { additionalProperties: false },
);
export type SwipeMessage = Type.Static<typeof SwipeMessage>;

/** The accepted swipe that a message carries. */
export function swipeRecordOf(message: SwipeMessage): SwipeRecord {
  return { ...message, receivedAt: textOf(message.receivedAt) };
}

// Neighbours in a stream have often come in one body.
let last = { ms: 0, text: new Date(0).toISOString() };

function textOf(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** The message that carries an accepted swipe. The gateway's hot path writes the same by hand. */
export function swipeMessageOf(swipe: SwipeRecord): SwipeMessage {
  return { ...swipe, receivedAt: Date.parse(swipe.receivedAt) };
}

/** One card's swipes share a partition key, so that they stay in order in one shard. */
export function swipePartitionKey(tenantId: string, cardId: string): string {
  return tenantKey(tenantId, cardId);
}
