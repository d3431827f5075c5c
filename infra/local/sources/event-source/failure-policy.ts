/** Consecutive records of one shard, passed to the function together. */
export interface Range<Item> {
  records: readonly Item[];
  /** Failed invocations of this exact range. */
  failures: number;
}

export interface FailureRules {
  /** Attempts after the first. */
  maximumRetryAttempts: number;
  bisectBatchOnFunctionError: boolean;
}

/** Consequences of an invocation for its range. */
export interface Next<Item> {
  /** Number of records at its start that are processed. */
  done: number;
  /** Ranges to invoke with next, in this order. */
  retry: Range<Item>[];
  /** Records to give up. */
  discard: readonly Item[];
}

/**
 * Decides as Lambda's mapping does. Records before the lowest failed one are processed. If the first of several records
 * failed, the range is bisected, which does not count as an attempt, so a bad record ends up alone. A single record, or a
 * range that must not be bisected, is retried until its attempts are used up. Pure.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param failedAt index of the lowest failed record; undefined if none failed
 */
export function afterInvocation<Item>(
  { records, failures }: Range<Item>,
  failedAt: number | undefined,
  rules: FailureRules,
): Next<Item> {
  if (failedAt === undefined) return { done: records.length, retry: [], discard: [] };
  const left = records.slice(failedAt);
  if (failedAt > 0) return { done: failedAt, retry: [{ records: left, failures: 0 }], discard: [] };
  if (rules.bisectBatchOnFunctionError && left.length > 1) {
    const middle = Math.ceil(left.length / 2);
    const halves = [left.slice(0, middle), left.slice(middle)];
    return { done: 0, retry: halves.map((half) => ({ records: half, failures: 0 })), discard: [] };
  }
  return failures >= rules.maximumRetryAttempts
    ? { done: 0, retry: [], discard: left }
    : { done: 0, retry: [{ records: left, failures: failures + 1 }], discard: [] };
}

/**
 * Reads a function's answer. An empty list is success. An unknown or missing sequence number fails the whole batch, as in
 * Lambda, so that a bug in the function cannot lose records.
 *
 * @returns index of the lowest failed record; undefined if none failed
 */
export function lowestFailure(sequenceNumbers: readonly string[], answer: unknown): number | undefined {
  if (answer === undefined || answer === null) return undefined;
  const failures: unknown = typeof answer === 'object' ? Reflect.get(answer, 'batchItemFailures') : 0;
  if (failures === undefined || failures === null) return undefined;
  if (!Array.isArray(failures)) return 0;
  let lowest: number | undefined;
  for (const failure of failures) {
    const identifier: unknown = typeof failure === 'object' && failure !== null ? failure.itemIdentifier : undefined;
    const index = typeof identifier === 'string' ? sequenceNumbers.indexOf(identifier) : -1;
    if (index === -1) return 0;
    lowest = Math.min(lowest ?? index, index);
  }
  return lowest;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Random pause with full jitter, ms: from 0 to a bound that doubles with each failure. */
export function pauseBeforeRetry(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}
