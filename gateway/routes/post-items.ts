import { type ItemProblem, MAX_BATCH_ITEMS, PROBLEMS, type ProblemCode } from '@swipegate/contract';
import { ProblemError, type ProblemExtras } from '@swipegate/http/problem-details';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/api-key-directory.js';
import { type ParsedBody, type PostedBody, parseBody } from '../intake/parse-body.js';

/** The body of a POST of items. Problem: `unsupported-media-type`. */
export function postedBody(body: PostedBody | undefined | null): PostedBody {
  if (body !== undefined && body !== null) return body;
  throw new ProblemError('unsupported-media-type', 'Send a body, as application/json or application/x-ndjson.', {
    headers: { 'accept-post': 'application/json, application/x-ndjson' },
  });
}

/** Its items. Problems: `malformed-json`, `too-many-items`, `empty-batch`. */
export function itemsOf(posted: PostedBody): ParsedBody {
  const body = parseBody(posted);
  if (body.items.length > MAX_BATCH_ITEMS) {
    throw new ProblemError(
      'too-many-items',
      `A batch holds at most ${MAX_BATCH_ITEMS} items, this one ${body.items.length}. Nothing was accepted.`,
    );
  }
  if (body.items.length === 0) throw new ProblemError('empty-batch', 'Send at least one item.');
  return body;
}

/** The problem of a body of which nothing was accepted: the items' own where they agree, `invalid-item` where they differ. */
export function allRejected(form: ParsedBody['form'], rejected: readonly ItemProblem[]): ProblemError {
  const [first] = rejected;
  if (first === undefined) return new ProblemError('empty-batch', 'Send at least one item.');
  const agree = rejected.every(({ code }) => code === first.code);
  const code: ProblemCode = agree && isProblemCode(first.code) ? first.code : 'invalid-item';
  const extras: ProblemExtras = PROBLEMS[code].status === 503 ? { retryAfter: 1 } : {};
  if (form === 'single') {
    const subject = first.field === '' ? 'The item' : first.field;
    return new ProblemError(code, `${subject} ${first.reason}.`, {
      ...extras,
      field: first.field,
      reason: first.reason,
    });
  }
  const none =
    rejected.length === 1 ? 'The one item was not accepted.' : `None of the ${rejected.length} items was accepted.`;
  return new ProblemError(code, none, {
    ...extras,
    errors: [...rejected],
  });
}

function isProblemCode(code: string): code is ProblemCode {
  return code in PROBLEMS;
}

/** Request limit of one API key, not of one address: many readers share a building's. */
export function limitByKey(maxPerSecond: number) {
  return {
    max: maxPerSecond,
    timeWindow: 1000,
    hook: 'preHandler' as const,
    keyGenerator: (request: FastifyRequest) => keyIdOf(request.principal),
    errorResponseBuilder: () =>
      new ProblemError('too-many-requests', `This key may send ${maxPerSecond} requests per second. Slow down.`),
  };
}

function keyIdOf(principal: Principal | null): string {
  return principal === null ? '' : `${principal.tenantId}/${principal.keyId}`;
}

/** RFC 7240: says that the preference was honoured. */
export function preferenceApplied(reply: FastifyReply, waitMs: number): void {
  if (waitMs > 0) reply.header('preference-applied', `wait=${waitMs / 1000}`);
}
