import { DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS, Timestamp } from '@swipegate/contract';
import type { TimeRange } from '@swipegate/contract/tables/row-keys';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { badParameter } from './problem-details.js';

export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_ITEMS,
      default: DEFAULT_PAGE_ITEMS,
      description: 'Maximum number of items per page',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1_000,
      pattern: '^[A-Za-z0-9_-]+$',
      description: '`nextCursor` of the previous page; all other parameters must be the same',
    }),
  ),
};

function moment(description: string) {
  return { ...Timestamp, description: `${description}: RFC 3339 date-time with an offset, + written as %2B` };
}

export const rangeParameters = {
  from: Type.Optional(moment('Start of the range, inclusive')),
  to: Type.Optional(moment('End of the range, exclusive')),
};

/** @throws {ProblemError} `bad-request` for an impossible time, or if `to` is not later than `from` */
export function rangeOf({ from, to }: { from?: string; to?: string }): TimeRange {
  const range = { fromMs: momentOf('from', from), toMs: momentOf('to', to) };
  if (range.fromMs !== undefined && range.toMs !== undefined && range.fromMs >= range.toMs) {
    throw badParameter('to', 'must be later than from');
  }
  return range;
}

/** Returns ms since the epoch. @throws {ProblemError} `bad-request` for a time that does not exist, e.g. 30 February */
export function momentOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = timestampMs(text);
  if (Number.isNaN(ms)) throw badParameter(field, `must be a time that exists, not ${text}`);
  return ms;
}

/** Rejects unknown query parameters with `bad-request`: ignoring a mistyped `from` would return too much data. */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const known = knownParameters(request.routeOptions.schema?.querystring);
    const unknown = Object.keys(request.query ?? {}).find((name) => !known.includes(name));
    if (unknown === undefined) return done();
    const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    done(badParameter(unknown, `is not a parameter of this resource: ${list}`));
  });
}

function knownParameters(schema: unknown): string[] {
  const has = typeof schema === 'object' && schema !== null && 'properties' in schema;
  return has && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
}

/** Sets the Link header of the next page (RFC 8288). CSV has no other place for a cursor. */
export function linkNext(request: FastifyRequest, reply: FastifyReply, nextCursor: string | undefined): void {
  if (nextCursor === undefined) return;
  const next = new URL(request.url, 'http://gateway');
  next.searchParams.set('cursor', nextCursor);
  reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
}

/** OpenAPI header that {@link linkNext} sets. */
export const linkHeader = { link: { type: 'string', description: 'The next page, rel="next" (RFC 8288)' } };
