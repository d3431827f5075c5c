import Type from 'typebox';
import { CardId, Direction, ReaderId, Timestamp } from '../../gateway/contract/index.js';

/** What is read of a swipe that happened once; other members are passed over. */
export const TraceLine = Type.Object({
  readAt: Timestamp,
  readerId: ReaderId,
  cardId: CardId,
  direction: Type.Optional(Direction),
  duress: Type.Optional(Type.Boolean()),
});

/** One swipe of a trace. */
export interface TracedSwipe {
  /** ms from the first of the trace. */
  atMs: number;
  readerId: string;
  cardId: string;
  direction: Direction | undefined;
  duress: boolean;
}
