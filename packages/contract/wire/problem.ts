import Type from 'typebox';

/** Why one item of a body was rejected. */
export const ItemProblem = Type.Object(
  {
    index: Type.Integer({ minimum: 0, description: 'Index in the array, or line in NDJSON, from 0' }),
    swipeId: Type.Optional(Type.String({ description: 'swipeId as sent, if it could be read' })),
    eventId: Type.Optional(Type.String({ description: 'eventId as sent, if it could be read' })),
    code: Type.String({ description: 'A problem code of this API' }),
    field: Type.String({ description: 'Path of the invalid member; empty for the whole item' }),
    reason: Type.String(),
  },
  { $id: 'ItemProblem' },
);
export type ItemProblem = Type.Static<typeof ItemProblem>;

/** A member of a stored entry that is not as a request expects it. */
export const Difference = Type.Object({
  member: Type.String(),
  now: Type.Optional(Type.Unknown({ description: 'Its stored value; absent if it has none, or if it is personal' })),
});
export type Difference = Type.Static<typeof Difference>;

/** RFC 9457 problem details, extended by `code`, `field`, `reason`, `errors` and `differences`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:swipegate:problem:CODE' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String({ description: 'Request id, as in the gateway’s log' })),
    code: Type.String(),
    field: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Ref('ItemProblem#'))),
    differences: Type.Optional(
      Type.Array(Difference, {
        description:
          'Members of the stored entry that differ: from what was read (If-Match), or else from what was sent',
      }),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
);
