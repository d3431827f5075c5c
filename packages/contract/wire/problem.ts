import Type from 'typebox';

/** Every problem the API answers with: HTTP status and title by code. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-prefer': { status: 400, title: 'The Prefer header cannot be read' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  'missing-key': { status: 401, title: 'An API key is needed' },
  'unknown-key': { status: 401, title: 'The API key is not known' },
  'missing-token': { status: 401, title: 'A signed-in user is needed' },
  'invalid-token': { status: 401, title: 'The access token is not accepted' },
  'reader-not-allowed': { status: 403, title: 'The API key does not speak for this reader' },
  'wrong-key-role': { status: 403, title: 'The API key is of another kind than this resource takes' },
  'role-not-allowed': { status: 403, title: 'The user’s role does not allow this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'decision-not-found': { status: 404, title: 'There is no decision for this swipe' },
  'method-not-allowed': { status: 405, title: 'The resource does not take this method' },
  'request-timeout': { status: 408, title: 'The request came in too slowly' },
  'swipe-id-reused': { status: 409, title: 'The swipeId belongs to another swipe' },
  'change-id-reused': { status: 409, title: 'The Idempotency-Key belongs to another change' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'too-many-items': { status: 413, title: 'The batch holds too many items' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'expectation-failed': { status: 417, title: 'The Expect header cannot be met' },
  'invalid-item': { status: 422, title: 'The content is not valid' },
  'from-the-future': { status: 422, title: 'The swipe is from the future' },
  'empty-batch': { status: 422, title: 'The batch is empty' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'internal-error': { status: 500, title: 'The gateway failed' },
  overloaded: { status: 503, title: 'The gateway is full' },
  'stream-unavailable': { status: 503, title: 'The stream cannot take swipes now' },
  'topic-unavailable': { status: 503, title: 'Changes cannot be taken now' },
  'lookup-unavailable': { status: 503, title: 'The database cannot answer now' },
  'shutting-down': { status: 503, title: 'The gateway is shutting down' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Why one item of a body was not accepted. */
export const ItemProblem = Type.Object(
  {
    index: Type.Integer({ minimum: 0, description: 'Place in the array, or line in NDJSON, from 0' }),
    swipeId: Type.Optional(Type.String({ description: 'Of a swipe, as sent, where it could be read' })),
    eventId: Type.Optional(Type.String({ description: 'Of a door event, as sent, where it could be read' })),
    code: Type.String({ description: 'A problem code of this API' }),
    field: Type.String({ description: 'The member that is wrong; empty for the whole item' }),
    reason: Type.String(),
  },
  { $id: 'ItemProblem' },
);
export type ItemProblem = Type.Static<typeof ItemProblem>;

/** RFC 9457 problem details, with the members `code`, `field`, `reason` and `errors` of our own. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:swipegate:problem:CODE' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String({ description: 'The request id, as in the gateway’s log' })),
    code: Type.String(),
    field: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Ref('ItemProblem#'))),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
);
