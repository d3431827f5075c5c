import Type from 'typebox';

/** Problems of the API: HTTP status and title by code. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'malformed-prefer': { status: 400, title: 'The Prefer header is not valid' },
  'bad-request': { status: 400, title: 'The request is not valid' },
  'missing-key': { status: 401, title: 'An API key is required' },
  'unknown-key': { status: 401, title: 'The API key is unknown' },
  'missing-token': { status: 401, title: 'Sign-in is required' },
  'invalid-token': { status: 401, title: 'The access token is not valid' },
  'reader-not-allowed': { status: 403, title: 'The API key may not post for this reader' },
  'wrong-key-role': { status: 403, title: 'The role of the API key does not allow this' },
  'role-not-allowed': { status: 403, title: 'The user’s role does not allow this' },
  'not-found': { status: 404, title: 'The resource does not exist' },
  'decision-not-found': { status: 404, title: 'The swipe has no decision' },
  'method-not-allowed': { status: 405, title: 'The resource does not allow this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'swipe-id-reused': { status: 409, title: 'The swipeId is already used by another swipe' },
  'change-id-reused': { status: 409, title: 'The Idempotency-Key is already used by another change' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'too-many-items': { status: 413, title: 'The batch has too many items' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'expectation-failed': { status: 417, title: 'The Expect header is not supported' },
  'invalid-item': { status: 422, title: 'The content is not valid' },
  'from-the-future': { status: 422, title: 'The swipe is from the future' },
  'empty-batch': { status: 422, title: 'The batch is empty' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'internal-error': { status: 500, title: 'Internal error' },
  overloaded: { status: 503, title: 'The gateway is overloaded' },
  'stream-unavailable': { status: 503, title: 'The stream is not accepting swipes' },
  'topic-unavailable': { status: 503, title: 'Changes cannot be accepted now' },
  'lookup-unavailable': { status: 503, title: 'The database is not available' },
  'shutting-down': { status: 503, title: 'The gateway is shutting down' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

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

/** RFC 9457 problem details, extended by `code`, `field`, `reason` and `errors`. */
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
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
);
