import { setTimeout as delay } from 'node:timers/promises';

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/** A service left part of a batch unprocessed after all retries. */
export class UnprocessedError extends Error {
  override readonly name = 'UnprocessedError';
  readonly code = 'DYNAMODB_UNPROCESSED';
}

/**
 * Sends a request, then resends what the answer left unprocessed, with full-jitter backoff
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations).
 *
 * @param send resolves with the unprocessed rest, or undefined if there is none
 * @throws {UnprocessedError} when items remain after 8 attempts
 */
export async function untilProcessed<Request>(
  request: Request,
  send: (request: Request) => Promise<Request | undefined>,
  service = 'DynamoDB',
): Promise<void> {
  let left: Request | undefined = request;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
    left = await send(left);
    if (left === undefined) return;
  }
  throw new UnprocessedError(
    `${service} left items unprocessed after ${ATTEMPTS} attempts. Check whether it is throttled.`,
  );
}
