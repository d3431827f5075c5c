import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyReply } from 'fastify';

/**
 * Returns the wait that `Prefer: wait=N` requests (RFC 7240 section 4.3, N in seconds) in ms, at most `maxMs`. Returns 0
 * if the header requests no wait.
 * @throws {ProblemError} `malformed-prefer` when N is not a whole number of seconds
 */
export function preferredWaitMs(header: string | string[] | undefined, maxMs: number): number {
  if (header === undefined) return 0;
  const text = Array.isArray(header) ? header.join(',') : header;
  for (const preference of text.split(',')) {
    const [name, value] = (preference.split(';')[0] ?? '').split('=');
    if (name?.trim().toLowerCase() !== 'wait') continue;
    const seconds = value?.trim().replace(/^"(.*)"$/, '$1') ?? '';
    if (!/^\d{1,6}$/.test(seconds)) {
      const reason = 'wait must be a whole number of seconds';
      const detail = `Prefer: ${reason}, such as wait=5, not wait=${seconds}.`;
      throw new ProblemError('malformed-prefer', detail, { field: 'Prefer', reason });
    }
    return Math.min(Number(seconds) * 1000, maxMs);
  }
  return 0;
}

/** Sets Preference-Applied (RFC 7240 section 3). */
export function preferenceApplied(reply: FastifyReply, waitMs: number): void {
  if (waitMs > 0) reply.header('preference-applied', `wait=${waitMs / 1000}`);
}
