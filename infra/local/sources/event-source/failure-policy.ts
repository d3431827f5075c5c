/** A run of records of one shard, handed over together. */
export interface Range<Item> {
  records: readonly Item[];
  /** Invocations that have failed for it as it stands. */
  failures: number;
}

export interface FailureRules {
  /** Attempts after the first. */
  maximumRetryAttempts: number;
  bisectBatchOnFunctionError: boolean;
}

/** What becomes of a range after an invocation. */
export interface Next<Item> {
  /** Records from its beginning that are done. */
  done: number;
  /** What is handed over next, in this order. */
  retry: Range<Item>[];
  /** What is given up. */
  discard: readonly Item[];
}

/**
 * Decides as Lambda's mapping does: records before the lowest failed one are done. If nothing was done and there is more than one
 * record, the range is cut in two, which uses up no attempt, so that a bad record ends up alone. What fails by itself, or
 * cannot be cut, is tried again until its attempts are used up. Pure.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param failedAt index of the lowest failed record; undefined when all is well
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
 * Reads a function's answer. An empty list is success. A number that is not of this batch, or none at all, fails the whole
 * batch: so Lambda has it, lest a slip in the function lose records.
 *
 * @returns index of the lowest failed record; undefined when all is well
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

/** Full jitter: anything from 0 to a bound that doubles with each failure, ms. */
export function pauseBeforeRetry(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}
