import { ProblemError } from '@swipegate/http/problem-details';

/**
 * Seconds of `Prefer: wait=N` (RFC 7240 section 4.3) as ms, at most `maxMs`; 0 where the header asks for no wait.
 * Preferences we do not know are ignored, as the RFC says.
 * @throws {ProblemError} `malformed-prefer` when wait is not a whole number of seconds.
 */
export function preferredWaitMs(header: string | string[] | undefined, maxMs: number): number {
  if (header === undefined) return 0;
  const text = Array.isArray(header) ? header.join(',') : header;
  for (const preference of text.split(',')) {
    const [name, value] = (preference.split(';')[0] ?? '').split('=');
    if (name?.trim().toLowerCase() !== 'wait') continue;
    const seconds = value?.trim().replace(/^"(.*)"$/, '$1') ?? '';
    if (!/^\d{1,6}$/.test(seconds)) {
      throw new ProblemError('malformed-prefer', `Write Prefer: wait=5 (whole seconds), not wait=${seconds}.`, {
        field: 'Prefer',
        reason: 'wait takes a whole number of seconds',
      });
    }
    return Math.min(Number(seconds) * 1000, maxMs);
  }
  return 0;
}
