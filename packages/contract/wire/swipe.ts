import Type from 'typebox';
import { CardId, Direction, ReaderId, SwipeId, TenantId, Timestamp, tenantKey } from '../values/identifiers.js';

/** Limit of one array or NDJSON body. */
export const MAX_BATCH_ITEMS = 500;

const swipeFields = {
  swipeId: SwipeId,
  readerId: ReaderId,
  cardId: CardId,
  readAt: Timestamp,
  direction: Type.Optional(Direction),
  duress: Type.Optional(
    Type.Boolean({
      description: 'The cardholder gave the duress sign: raises a silent alarm; the outcome stays the same',
    }),
  ),
  offlineOutcome: Type.Optional(
    Type.Enum(['granted', 'denied'], {
      description:
        'What the reader decided on its own while it was offline. The gateway records the swipe; no door opens',
    }),
  ),
};

const MOST_NUMBER_CHARACTERS = 128;

/** Number of a card as a reader with a card format sent it. It needs no escape in JSON: see {@link sentNumber}. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;
const CardNumberSent = Type.String({
  minLength: 1,
  maxLength: MOST_NUMBER_CHARACTERS,
  pattern: NEEDS_NO_ESCAPE.source,
  description: 'The number as the reader sent it, if its card format made the cardId of it',
});

/** Returns the text under which a number is kept: a quote, a backslash or a character beyond ASCII becomes `?`. */
export function sentNumber(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? text : text.replaceAll(/[^ !#-[\]-~]/g, '?');
}

/** Swipe with the id of a card. `direction` is used only at readers that serve both directions. */
export const Swipe = Type.Object(swipeFields, {
  $id: 'Swipe',
  additionalProperties: false,
  description: 'One card shown at one reader',
});
export type Swipe = Type.Static<typeof Swipe>;

/** Swipe as any reader may post it. The `cardId` of a reader with a card format is the number that it read. */
export const PostedSwipe = Type.Object(
  {
    ...swipeFields,
    cardId: Type.String({
      minLength: 1,
      maxLength: MOST_NUMBER_CHARACTERS,
      description:
        'The card. A reader with a card format sends the number that it read, in 1 to 128 characters of any kind. ' +
        'Another reader sends the id of the card: 1 to 64 letters, digits or . _ : -',
      examples: ['card-00042'],
    }),
  },
  { $id: 'PostedSwipe', additionalProperties: false, description: 'One card shown at one reader' },
);
export type PostedSwipe = Type.Static<typeof PostedSwipe>;

/** Members that the gateway adds to a swipe. No reader may send them. */
const addedFields = {
  cardNumber: Type.Optional(CardNumberSent),
  answerBy: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'When the reader stops waiting, milliseconds since the epoch: a later decision does not grant entry',
    }),
  ),
};
/** Swipe with the id that the gateway made of the number which the reader sent. */
export type TakenSwipe = Swipe & { cardNumber?: string; answerBy?: number };

/** Swipe that the gateway has accepted. */
export const SwipeRecord = Type.Object({
  tenantId: TenantId,
  ...swipeFields,
  ...addedFields,
  receivedAt: Timestamp,
});
export type SwipeRecord = Type.Static<typeof SwipeRecord>;

/** A later time has a year of more than four digits, which no row can hold. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Swipe on the `swipes` stream: one JSON document per user record, partition key {@link swipePartitionKey}.
 * `receivedAt` is a number to save bytes.
 */
export const SwipeMessage = Type.Object(
  {
    tenantId: TenantId,
    ...swipeFields,
    ...addedFields,
    receivedAt: Type.Integer({ minimum: 0, maximum: LAST_MS, description: 'Milliseconds since the epoch' }),
  },
  // Reject unknown members: a newer gateway may use one to restrict access.
  { additionalProperties: false },
);
export type SwipeMessage = Type.Static<typeof SwipeMessage>;

export function swipeRecordOf(message: SwipeMessage): SwipeRecord {
  return { ...message, receivedAt: textOf(message.receivedAt) };
}

// Caches the last conversion: neighbours in the stream often come from one body and share their time.
let last = { ms: 0, text: new Date(0).toISOString() };

function textOf(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** The gateway's hot path writes the same JSON by hand. */
export function swipeMessageOf(swipe: SwipeRecord): SwipeMessage {
  return { ...swipe, receivedAt: Date.parse(swipe.receivedAt) };
}

/** Swipes of one card share a partition key, so they stay in order in one shard. */
export function swipePartitionKey(tenantId: string, cardId: string): string {
  return tenantKey(tenantId, cardId);
}

/** Answer to one durable swipe without its decision: the client did not wait for it, or it was late. */
export const SwipeAccepted = Type.Object(
  { swipeId: SwipeId, receivedAt: Timestamp, decision: Type.String({ description: 'Path of the decision' }) },
  { $id: 'SwipeAccepted' },
);

/** Answer to a batch. Every item not listed in `rejected` is durable. */
export const BatchResult = Type.Object(
  {
    receivedAt: Timestamp,
    accepted: Type.Integer({ minimum: 0 }),
    rejected: Type.Array(Type.Ref('ItemProblem#')),
    decisions: Type.Optional(
      Type.Array(Type.Ref('Decision#'), { description: 'With Prefer: wait, the decisions made in time' }),
    ),
  },
  { $id: 'BatchResult' },
);
