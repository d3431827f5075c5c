import { setTimeout as delay } from 'node:timers/promises';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import type { EventSourceMapping } from '../../../resources.js';
import type { LocalFunction } from '../functions/local-function.js';
import type { Checkpoints } from './checkpoints.js';
import { afterInvocation, lowestFailure, pauseBeforeRetry, type Range } from './failure-policy.js';
import { kinesisEvent } from './kinesis-event.js';
import type { OnFailure } from './on-failure.js';
import type { Page, ShardReader } from './shard-reader.js';

export interface ShardConsumerOptions {
  shardId: string;
  reader: ShardReader;
  lambda: LocalFunction<KinesisStreamEvent>;
  region: string;
  mapping: EventSourceMapping;
  streamArn: string;
  checkpoints: Checkpoints;
  onFailure: OnFailure;
  /** From one read to the next that does not fill a batch, ms. */
  pollMs: number;
  signal: AbortSignal;
  logger: Logger;
  stats: Stats;
  /** Told of each invocation that is over, how long it took and whether all of it succeeded. */
  onInvoked(ms: number, succeeded: boolean): void;
  /** Told of what was read and is not done, by when the oldest of it arrived on the stream. */
  onRead(arrivedAt: Date | undefined): void;
  /** Told whenever a read has found the shard empty; with when that read began, ms of performance.now(). */
  onEmpty(readBeganMs: number): void;
}

/** Counts over all shards since the start. */
export interface Stats {
  invocations: number;
  failedInvocations: number;
  /** Records that are done. */
  records: number;
  /** Records that went to the on-failure destination. */
  discardedRecords: number;
  /** How old the last record of the last batch was when it was handed over, ms. */
  iteratorAgeMs: number;
}

const READ_RETRY_MS = 500;

/**
 * Hands a shard's records over batch by batch, one batch at a time, until the shard ends or the signal aborts. Resolves with
 * whether it ended.
 */
export async function consumeShard(options: ShardConsumerOptions): Promise<boolean> {
  const { mapping, signal, onEmpty, pollMs } = options;
  while (!signal.aborted) {
    const beganMs = performance.now();
    const page = await readBatch(options, mapping.batchSize);
    if (page === undefined) continue;
    if (page.records.length > 0) {
      options.onRead(page.records[0]?.ApproximateArrivalTimestamp);
      await handOver(options, page.records);
    }
    if (signal.aborted) return false;
    if (page.atEnd) return true;
    if (page.records.length === 0 && page.atTip) onEmpty(beganMs);
    if (page.records.length < mapping.batchSize) await pause(beganMs + pollMs - performance.now(), signal);
  }
  return false;
}

/** Reads until the batch is full or its window is over. Undefined when the shard could not be read. */
async function readBatch({ reader, mapping, pollMs, signal, logger, shardId }: ShardConsumerOptions, size: number) {
  try {
    const first = await reader.read(size);
    if (mapping.maximumBatchingWindowMs === 0) return first;
    const deadlineMs = performance.now() + mapping.maximumBatchingWindowMs;
    let page: Page = first;
    while (page.records.length < size && !page.atEnd && performance.now() < deadlineMs && !signal.aborted) {
      await pause(Math.min(pollMs, deadlineMs - performance.now()), signal);
      const more = await reader.read(size - page.records.length);
      page = { ...more, records: [...page.records, ...more.records] };
    }
    return page;
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error, shardId }, 'shard could not be read; trying again');
    await pause(READ_RETRY_MS, signal);
    return undefined;
  }
}

/** Invokes the function until every record is done or given up, in order; or the signal aborts between two invocations. */
async function handOver(options: ShardConsumerOptions, records: readonly KinesisRecord[]): Promise<void> {
  const { shardId, mapping, checkpoints, stats, signal } = options;
  const queue: Range<KinesisRecord>[] = [{ records, failures: 0 }];
  for (let range = queue.shift(); range !== undefined && !signal.aborted; range = queue.shift()) {
    const failedAt = await invoke(options, range.records);
    const { done, retry, discard } = afterInvocation(range, failedAt, mapping);
    stats.records += done;
    if (discard.length > 0 && !(await giveUp(options, discard, range.failures + 1))) return;
    const passed = range.records[done + discard.length - 1]?.SequenceNumber;
    if (passed !== undefined) checkpoints.set(shardId, passed);
    queue.unshift(...retry);
    if (failedAt !== undefined && retry[0] !== undefined) await pause(pauseBeforeRetry(retry[0].failures), signal);
  }
}

async function invoke(options: ShardConsumerOptions, records: readonly KinesisRecord[]): Promise<number | undefined> {
  const { shardId, lambda, streamArn, region, stats, logger, onInvoked } = options;
  const beganMs = performance.now();
  const arrived = records.at(-1)?.ApproximateArrivalTimestamp;
  stats.invocations += 1;
  stats.iteratorAgeMs = arrived === undefined ? 0 : Math.max(0, Date.now() - arrived.getTime());
  let failedAt: number | undefined;
  try {
    const answer = await lambda.invoke(kinesisEvent(shardId, records, { streamArn, region }));
    failedAt = lowestFailure(
      records.map(({ SequenceNumber = '' }) => SequenceNumber),
      answer,
    );
  } catch (error) {
    logger.error({ err: error, shardId, records: records.length }, 'function failed');
    failedAt = 0;
  }
  if (failedAt !== undefined) stats.failedInvocations += 1;
  onInvoked(performance.now() - beganMs, failedAt === undefined);
  return failedAt;
}

/** Passes over records only once the on-failure destination has them. @returns whether it has */
async function giveUp(
  { lambda, streamArn, shardId, onFailure, stats, logger, signal }: ShardConsumerOptions,
  records: readonly KinesisRecord[],
  invocations: number,
): Promise<boolean> {
  logger.error({ shardId, records: records.length, from: records[0]?.SequenceNumber }, 'records are given up');
  while (!signal.aborted) {
    try {
      await onFailure({ functionArn: lambda.arn, streamArn, shardId, records, invocations });
      stats.discardedRecords += records.length;
      return true;
    } catch (error) {
      logger.error({ err: error, shardId }, 'the on-failure destination cannot be reached; trying again');
      await pause(READ_RETRY_MS, signal);
    }
  }
  return false;
}

/** Resolves after `ms`, or at once when that is past or the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
