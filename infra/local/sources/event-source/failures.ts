import { appendFile } from 'node:fs/promises';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { fullJitter } from '@swipegate/aws/backoff';
import { failedItems } from '../batch-item-failures.js';

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

export interface Next<Item> {
  /** Number of records at its start that are processed. */
  done: number;
  /** Ranges to invoke with next, in this order. */
  retry: Range<Item>[];
  discard: readonly Item[];
}

/**
 * Decides like Lambda's mapping. Records before the lowest failed one are processed. If the first of several records
 * failed, the range is bisected, which does not count as an attempt, until the bad record is alone. A range that cannot
 * be bisected is retried until its attempts are used up.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
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
  if (failures >= rules.maximumRetryAttempts) return { done: 0, retry: [], discard: left };
  return { done: 0, retry: [{ records: left, failures: failures + 1 }], discard: [] };
}

/** Index of the lowest failed record in a function's answer; undefined if none failed. */
export function lowestFailure(sequenceNumbers: readonly string[], answer: unknown): number | undefined {
  const failed = failedItems(sequenceNumbers, answer);
  return failed.size === 0 ? undefined : sequenceNumbers.findIndex((number) => failed.has(number));
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Random pause with full jitter, ms. */
export function pauseBeforeRetry(failures: number, random?: () => number): number {
  return fullJitter(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, random);
}

export interface GivenUp {
  functionArn: string;
  streamArn: string;
  shardId: string;
  records: readonly KinesisRecord[];
  invocations: number;
}

/** On-failure destination. It must reject unless it has stored the records; the consumer then retries. */
export type OnFailure = (givenUp: GivenUp) => Promise<void>;

/**
 * Appends a JSON line per batch, like https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html but
 * with the records, because an emulator's stream is lost when it stops.
 */
export function appendToFile(file: string): OnFailure {
  return (givenUp) => appendFile(file, `${JSON.stringify(describe(givenUp))}\n`);
}

function describe({ functionArn, streamArn, shardId, records, invocations }: GivenUp): object {
  const first = records[0];
  const last = records.at(-1);
  return {
    timestamp: new Date().toISOString(),
    requestContext: { functionArn, condition: 'RetryAttemptsExhausted', approximateInvokeCount: invocations },
    KinesisBatchInfo: {
      shardId,
      streamArn,
      batchSize: records.length,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: first?.ApproximateArrivalTimestamp?.toISOString(),
      approximateArrivalOfLastRecord: last?.ApproximateArrivalTimestamp?.toISOString(),
    },
    records: records.map(({ SequenceNumber, PartitionKey, Data }) => ({
      sequenceNumber: SequenceNumber,
      partitionKey: PartitionKey,
      data: Data && Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength).toString('base64'),
    })),
  };
}
