import Type from 'typebox';
import { Reader } from '../tables/site.js';
import { CardId, ReaderId, SwipeId, Timestamp } from '../values/identifiers.js';
import { SwipeRecord } from '../wire/swipe.js';

/** How long an unknown card is shown after it was refused, ms. */
export const UNKNOWN_CARD_SHOWN_MS = 24 * 3_600_000;

/** The last card that a reader refused because the tenant has no such card. Row of the contacts table, and answer. */
export const RefusedCard = Type.Object({
  readerId: ReaderId,
  cardId: CardId,
  cardNumber: SwipeRecord.properties.cardNumber,
  swipeId: SwipeId,
  at: { ...Timestamp, description: 'When the gateway received the swipe' },
});
export type RefusedCard = Type.Static<typeof RefusedCard>;

const { door, buildingId, cardFormat } = Reader.properties;

/** A refused card, with the door at which it was shown. */
export const UnknownCard = Type.Object({
  ...RefusedCard.properties,
  door: Type.Optional(door),
  buildingId: Type.Optional(buildingId),
  cardFormat,
});
export type UnknownCard = Type.Static<typeof UnknownCard>;

export const UnknownCardList = Type.Object(
  { items: Type.Array(UnknownCard) },
  { $id: 'UnknownCardList', description: 'Cards that readers refused as unknown, and that still are; newest first' },
);
export type UnknownCardList = Type.Static<typeof UnknownCardList>;

/** The readings of a number that somebody typed, each with the card if it exists. */
export const CardReadingList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        cardId: CardId,
        how: Type.String({ description: 'How the number was read: the end of a sentence that begins with “read”' }),
        card: Type.Optional(Type.Ref('CardWithPresence#')),
      }),
    ),
  },
  { $id: 'CardReadingList', description: 'The ways to read a number of a card; those with a card come first' },
);
