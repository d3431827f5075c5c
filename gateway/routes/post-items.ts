import { type ItemProblem, MAX_BATCH_ITEMS, PROBLEMS, type ProblemCode } from '@swipegate/contract';
import { ProblemError, type ProblemExtras } from '@swipegate/http/problem-details';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/api-key-directory.js';
import { type ParsedBody, type PostedBody, parseBody } from '../intake/parse-body.js';

/** Returns the body of a POST of items. @throws {ProblemError} `unsupported-media-type` without one */
export function postedBody(body: PostedBody | undefined | null): PostedBody {
  if (body !== undefined && body !== null) return body;
  throw new ProblemError(
    'unsupported-media-type',
    'Send a body with Content-Type application/json or application/x-ndjson.',
    {
      headers: { 'accept-post': 'application/json, application/x-ndjson' },
    },
  );
}

/** Parses the items of a body. @throws {ProblemError} `malformed-json`, `too-many-items` or `empty-batch` */
export function itemsOf(posted: PostedBody): ParsedBody {
  const body = parseBody(posted);
  if (body.items.length > MAX_BATCH_ITEMS) {
    throw new ProblemError(
      'too-many-items',
      `A batch must not exceed ${MAX_BATCH_ITEMS} items; this one has ${body.items.length}. Nothing was accepted.`,
    );
  }
  if (body.items.length === 0) throw new ProblemError('empty-batch', 'Send at least one item.');
  return body;
}

/** Returns the problem of a body without accepted items: their common code, or `invalid-item` if the codes differ. */
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
  const detail =
    rejected.length === 1 ? 'The one item was not accepted.' : `None of the ${rejected.length} items was accepted.`;
  return new ProblemError(code, detail, {
    ...extras,
    errors: [...rejected],
  });
}

function isProblemCode(code: string): code is ProblemCode {
  return code in PROBLEMS;
}

/** Rate limit per API key. A limit per IP address would hit all readers of a building, which often share one. */
export function limitByKey(maxPerSecond: number) {
  return {
    max: maxPerSecond,
    timeWindow: 1000,
    hook: 'preHandler' as const,
    keyGenerator: (request: FastifyRequest) => keyIdOf(request.principal),
    errorResponseBuilder: () =>
      new ProblemError(
        'too-many-requests',
        `This key exceeds its limit of ${maxPerSecond} requests per second. Try again after Retry-After.`,
      ),
  };
}

function keyIdOf(principal: Principal | null): string {
  return principal === null ? '' : `${principal.tenantId}/${principal.keyId}`;
}

/** Sets Preference-Applied (RFC 7240 section 3). */
export function preferenceApplied(reply: FastifyReply, waitMs: number): void {
  if (waitMs > 0) reply.header('preference-applied', `wait=${waitMs / 1000}`);
}
