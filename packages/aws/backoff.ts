import { setTimeout as delay } from 'node:timers/promises';

export class UnprocessedError extends Error {
  override readonly name = 'UnprocessedError';
  readonly code = 'DYNAMODB_UNPROCESSED';
}

export interface Backoff {
  attempts: number;
  /** Half of the longest pause before the second attempt, ms. It doubles with each attempt. */
  firstPauseMs: number;
  longestPauseMs: number;
}

const BACKOFF: Backoff = { attempts: 8, firstPauseMs: 20, longestPauseMs: 1_000 };

/** A random pause with full jitter, ms: from 0 to a bound that doubles with each failure, up to `longestMs`. */
export function fullJitter(
  failures: number,
  firstMs: number,
  longestMs: number,
  random: () => number = Math.random,
): number {
  return random() * Math.min(longestMs, firstMs * 2 ** failures);
}

/**
 * Sends a request, then resends what the answer left undone, with full-jitter backoff.
 * @param send resolves with the rest to resend, or undefined if there is none
 * @returns the rest after all attempts, or undefined
 */
export async function resendRest<Request>(
  request: Request,
  send: (request: Request) => Promise<Request | undefined>,
  { attempts, firstPauseMs, longestPauseMs }: Backoff,
): Promise<Request | undefined> {
  let rest: Request | undefined = request;
  for (let attempt = 0; attempt < attempts && rest !== undefined; attempt++) {
    if (attempt > 0) await delay(fullJitter(attempt, firstPauseMs, longestPauseMs));
    rest = await send(rest);
  }
  return rest;
}

/**
 * {@link resendRest} for batches that must be processed whole
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations).
 * @throws {UnprocessedError} when items remain after 8 attempts
 */
export async function untilProcessed<Request>(
  request: Request,
  send: (request: Request) => Promise<Request | undefined>,
  service = 'DynamoDB',
): Promise<void> {
  if ((await resendRest(request, send, BACKOFF)) === undefined) return;
  throw new UnprocessedError(
    `${service} left items unprocessed after ${BACKOFF.attempts} attempts. Check whether it is throttled.`,
  );
}
