import Type from 'typebox';
import { SwipeId, Timestamp } from '../values/identifiers.js';

/** Answer to one durable swipe without its decision: the client did not wait for it, or it was late. */
export const SwipeAccepted = Type.Object(
  {
    swipeId: SwipeId,
    receivedAt: Timestamp,
    decision: Type.String({ description: 'Path of the decision' }),
  },
  { $id: 'SwipeAccepted' },
);
export type SwipeAccepted = Type.Static<typeof SwipeAccepted>;

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
