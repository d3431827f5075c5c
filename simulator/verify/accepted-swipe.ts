import { AccessEvent, compile, Direction, Outcome, Swipe, SwipeId } from '@swipegate/contract';
import Type from 'typebox';

/** The decision that reached a reader. */
const Delivered = Type.Object({ fingerprint: Type.Number(), reason: Type.String() });
export type Delivered = Type.Static<typeof Delivered>;

/** A swipe accepted with a 2xx, with the expected decision and the one that reached its reader, if any. */
const AcceptedSwipe = Type.Object({
  swipe: Swipe,
  expected: Type.Object({
    outcome: Outcome,
    reason: AccessEvent,
    direction: Direction,
    repeatOf: Type.Optional(SwipeId),
    isDoubtful: Type.Optional(Type.Boolean()),
  }),
  delivered: Type.Optional(Delivered),
});
export type AcceptedSwipe = Type.Static<typeof AcceptedSwipe>;

const isAcceptedSwipe = compile(AcceptedSwipe);

/** Parses the JSON of an accepted swipe. @throws {Error} when it is something else */
export function decodeAccepted(text: string): AcceptedSwipe {
  const value: unknown = JSON.parse(text);
  if (!isAcceptedSwipe(value)) throw new Error(`not an accepted swipe: ${text.slice(0, 100)}`);
  return value;
}
