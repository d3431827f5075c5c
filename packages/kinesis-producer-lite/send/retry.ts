import type { RetryCause, StreamErrorCode } from '../api/errors.js';

/** Error names and codes of PutRecords, the SDK and Node (API reference: PutRecords and "Common Errors"). */
const CAUSES: readonly [RegExp, RetryCause][] = [
  [/throttl|ThroughputExceeded|LimitExceeded|TooManyRequests|SlowDown/i, 'throttled'],
  [/timed? ?out|timeout|^AbortError$/i, 'timeout'],
  [
    /credential|token|signature|UnrecognizedClient|AccessDenied|NotAuthorized|OptInRequired|Authentication/i,
    'credentials',
  ],
  [/^E[A-Z_]+$|^ERR_HTTP2|^ERR_SSL|^ERR_TLS|socket|NetworkingError/, 'connection'],
  [/^Internal|ServiceUnavailable|ServerException|BadGateway/, 'internal'],
];

/** Cause for an error name or code, e.g. `ProvisionedThroughputExceededException` or `ECONNRESET`. */
export function causeOfCode(code: string): RetryCause {
  return CAUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

export function causeOfError(error: unknown): RetryCause {
  // Check the code first: the SDK's HTTP handler gives a reset connection the name TimeoutError.
  for (const text of [field(error, 'code'), field(error, 'name')]) {
    const cause = typeof text === 'string' && text !== 'Error' ? causeOfCode(text) : 'other';
    if (cause !== 'other') return cause;
  }
  const metadata = field(error, '$metadata');
  const status = field(metadata, 'httpStatusCode');
  if (typeof status === 'number') {
    if (status >= 500) return 'internal';
    if (status === 429) return 'throttled';
    if (status === 401 || status === 403) return 'credentials';
    return 'other';
  }
  return error instanceof Error && /socket hang up|connection|ECONN/i.test(error.message) ? 'connection' : 'other';
}

/** STREAM_UNAVAILABLE if listing the shards can succeed later without a correction. Expired credentials can be renewed. */
export function streamErrorCode(error: unknown): StreamErrorCode {
  const name = field(error, 'name');
  if (name === 'ResourceNotFoundException') return 'STREAM_NOT_FOUND';
  const status = field(field(error, '$metadata'), 'httpStatusCode');
  const isRefused = typeof status === 'number' && status >= 400 && status < 500 && !/expired/i.test(String(name));
  const cause = causeOfError(error);
  return isRefused && (cause === 'credentials' || cause === 'other') ? 'STREAM_REFUSED' : 'STREAM_UNAVAILABLE';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * @param attempt consecutive failures so far, from 1
 * @returns delay in ms, from 0 to min(maxMs, baseMs * 2^(attempt-1))
 */
export function fullJitter(attempt: number, baseMs: number, maxMs: number, random: () => number = Math.random): number {
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 52));
}
