import { CardId, Direction, ReaderId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';

/** Members that are read of a recorded swipe; others are ignored. */
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
  /** ms from the first swipe of the trace, at replay speed. */
  atMs: number;
  readerId: string;
  cardId: string;
  direction: Direction | undefined;
  duress: boolean;
}

/** Selects the swipes of one part. All swipes of a card go to the same part, so that they keep their order. */
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
