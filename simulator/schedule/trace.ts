import { CardId, Direction, ReaderId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';

/** What is read of a swipe that happened once; other members are passed over. */
export const TraceLine = Type.Object({
  readAt: Timestamp,
  readerId: ReaderId,
  cardId: CardId,
  direction: Type.Optional(Direction),
  duress: Type.Optional(Type.Boolean()),
});

export type TraceLine = Type.Static<typeof TraceLine>;

/** One swipe of a trace. */
export interface TracedSwipe {
  /** ms from the first of the trace. */
  atMs: number;
  readerId: string;
  cardId: string;
  direction: Direction | undefined;
  duress: boolean;
}

/** The swipes of one part of a run: a card belongs to one, so that its swipes keep their order. */
export function traceOfPart(
  trace: readonly TracedSwipe[],
  { index, of }: { index: number; of: number },
): TracedSwipe[] {
  const owners = new Map<string, number>();
  return trace.filter(({ cardId }) => {
    const owner = owners.get(cardId) ?? owners.size % of;
    owners.set(cardId, owner);
    return owner === index;
  });
}
