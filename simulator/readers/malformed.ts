import type { Swipe } from '@swipegate/contract';

/** A body that the gateway must reject, and the statuses it may use. */
export interface Malformed {
  body(swipe: Swipe): string;
  type?: string;
  status: readonly number[];
}

const JSON_TOO_LARGE = 2 * 1024 * 1024;
const TOO_MANY = 501;

/** Bodies with one fault each: in the JSON, a member, the content type or the size. */
export const MALFORMED: readonly Malformed[] = [
  { body: (swipe) => JSON.stringify(swipe).slice(0, -1), status: [400] },
  { body: () => '', status: [400, 415, 422] },
  { body: () => 'null', status: [400, 422] },
  { body: () => '[]', status: [422] },
  { body: () => '"swipe"', status: [422] },
  { body: () => '['.repeat(10_000), status: [400] },
  { body: ({ swipeId: _left, ...rest }) => JSON.stringify(rest), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, swipeId: '1' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: '../../etc/passwd' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: { $gt: '' } }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: 'a\u0000b' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: 'x'.repeat(100_000) }), status: [413, 422] },
  { body: (swipe) => JSON.stringify({ ...swipe, readAt: 'yesterday' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, readAt: '2999-01-01T00:00:00Z' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, outcome: 'granted' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, tenantId: 'another' }), status: [422] },
  { body: (swipe) => JSON.stringify(Array(TOO_MANY).fill(swipe)), status: [413] },
  { body: () => `"${'x'.repeat(JSON_TOO_LARGE)}"`, status: [413] },
  { body: (swipe) => JSON.stringify(swipe), type: 'text/plain', status: [415] },
  { body: (swipe) => JSON.stringify(swipe), type: 'application/xml', status: [415] },
];
