import Type from 'typebox';
import { SwipeId, Timestamp } from '../values/identifiers.js';

/** Answer to one durable swipe whose decision was not waited for, or did not come in time. */
export const SwipeAccepted = Type.Object(
  {
    swipeId: SwipeId,
    receivedAt: Timestamp,
    decision: Type.String({ description: 'Where the decision can be read' }),
  },
  { $id: 'SwipeAccepted' },
);
export type SwipeAccepted = Type.Static<typeof SwipeAccepted>;

/** Answer to a batch. Every item that `rejected` does not name is durable. */
export const BatchResult = Type.Object(
  {
    receivedAt: Timestamp,
    accepted: Type.Integer({ minimum: 0 }),
    rejected: Type.Array(Type.Ref('ItemProblem#')),
    decisions: Type.Optional(
      Type.Array(Type.Ref('Decision#'), { description: 'With Prefer: wait, those that came in time' }),
    ),
  },
  { $id: 'BatchResult' },
);
