import { DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS, Timestamp } from '@swipegate/contract';
import type { TimeRange } from '@swipegate/contract/tables/time-range';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ProblemError } from './problem-details.js';

/** Query parameters of every list that comes in pages. */
export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_ITEMS,
      default: DEFAULT_PAGE_ITEMS,
      description: 'Items of a page at most',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1_000,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'nextCursor of the page before, with the same other parameters',
    }),
  ),
};

function moment(description: string) {
  return { ...Timestamp, description: `${description}: RFC 3339 date-time with an offset, + written as %2B` };
}

/** Query parameters of every list that has times. */
export const rangeParameters = {
  from: Type.Optional(moment('From this moment on')),
  to: Type.Optional(moment('Until before this moment')),
};

/** @throws {ProblemError} `bad-request` naming a time that does not exist, or a range that ends before it begins */
export function rangeOf({ from, to }: { from?: string; to?: string }): TimeRange {
  const range = { fromMs: momentOf('from', from), toMs: momentOf('to', to) };
  if (range.fromMs !== undefined && range.toMs !== undefined && range.fromMs >= range.toMs) {
    throw badParameter('to', 'must be later than from');
  }
  return range;
}

function momentOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = timestampMs(text);
  if (Number.isNaN(ms)) throw badParameter(field, `is not a time that exists: ${text}`);
  return ms;
}

export function badParameter(field: string, reason: string): ProblemError {
  return new ProblemError('bad-request', `${field} ${reason}.`, { field, reason });
}

/** Points to the next page (RFC 8288): the one way to find it from a CSV, which has no place for a cursor. */
export function linkNext(request: FastifyRequest, reply: FastifyReply, nextCursor: string | undefined): void {
  if (nextCursor === undefined) return;
  const next = new URL(request.url, 'http://gateway');
  next.searchParams.set('cursor', nextCursor);
  reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
}

/** Documents the header of {@link linkNext}. */
export const linkHeader = { link: { type: 'string', description: 'The next page, rel="next" (RFC 8288)' } };
