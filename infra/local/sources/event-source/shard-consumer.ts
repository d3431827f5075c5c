import { setTimeout as delay } from 'node:timers/promises';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import type { EventSourceMapping } from '../../../resources.js';
import type { LocalFunction } from '../local-function.js';
import type { Checkpoints } from './checkpoints.js';
import { afterInvocation, lowestFailure, type OnFailure, pauseBeforeRetry, type Range } from './failures.js';
import { kinesisEvent } from './kinesis-event.js';
import type { Page, ShardReader } from './shard-reader.js';

export interface ShardConsumerOptions {
  shardId: string;
  reader: Pick<ShardReader, 'read'>;
  lambda: LocalFunction<KinesisStreamEvent>;
  region: string;
  mapping: EventSourceMapping;
  streamArn: string;
  checkpoints: Checkpoints;
  onFailure: OnFailure;
  pollMs: number;
  signal: AbortSignal;
  logger: Logger;
  stats: Stats;
  /** Called after each invocation, with its duration and whether every record succeeded. */
  onInvoked?(ms: number, succeeded: boolean): void;
  /** Called after each read with records, with the arrival time of the oldest one. */
  onRead(arrivedAt: Date | undefined): void;
  /** Called when a read has found the shard empty, with the start of that read, monotonic ms. */
  onEmpty(readBeganMs: number): void;
}

/** Over all shards since the start. */
export interface Stats {
  invocations: number;
  failedInvocations: number;
  records: number;
  /** Records that went to the on-failure destination. */
  discardedRecords: number;
  /** Age of the last record of the last batch at its invocation, ms. */
  iteratorAgeMs: number;
}

const READ_RETRY_MS = 500;

/** Passes a shard's records to the function, batch by batch. @returns true at the shard's end, false after an abort */
export async function consumeShard(options: ShardConsumerOptions): Promise<boolean> {
  const { mapping, signal, onEmpty, pollMs } = options;
  while (!signal.aborted) {
    const beganMs = performance.now();
    const page = await readBatch(options, mapping.batchSize);
    if (page === undefined) continue;
    const readMs = performance.now();
    if (page.records.length > 0) {
      options.onRead(page.records[0]?.ApproximateArrivalTimestamp);
      await handOver(options, page.records);
    }
    if (signal.aborted) return false;
    if (page.atEnd) return true;
    if (page.records.length === 0 && page.atTip) onEmpty(beganMs);
    if (page.records.length === mapping.batchSize) continue;
    // As long as the batch took: while there is little to do, the next swipe need not wait, and under load batches grow.
    const now = performance.now();
    const wantedMs = page.records.length > 0 ? 2 * now - readMs : Number.POSITIVE_INFINITY;
    await pause(Math.min(beganMs + pollMs, wantedMs) - now, signal);
  }
  return false;
}

/**
 * Reads until the batch is full or its window has passed. A failed read ends the window early: the reader has moved past
 * the records read before it, so they must be handed over. Undefined if the first read failed.
 */
async function readBatch(options: ShardConsumerOptions, size: number): Promise<Page | undefined> {
  const { mapping, pollMs, signal } = options;
  let page = await readPage(options, size);
  const deadlineMs = performance.now() + mapping.maximumBatchingWindowMs;
  while (page !== undefined && page.records.length < size && !page.atEnd) {
    if (performance.now() >= deadlineMs || signal.aborted) break;
    await pause(Math.min(pollMs, deadlineMs - performance.now()), signal);
    const more = await readPage(options, size - page.records.length);
    if (more === undefined) break;
    page = { ...more, records: [...page.records, ...more.records] };
  }
  return page;
}

/** @returns undefined, after a pause, if the shard could not be read */
async function readPage(
  { reader, signal, logger, shardId }: ShardConsumerOptions,
  size: number,
): Promise<Page | undefined> {
  try {
    return await reader.read(size, signal);
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error, shardId }, 'cannot read the shard; retrying');
    await pause(READ_RETRY_MS, signal);
    return undefined;
  }
}

/** Invokes the function in order until every record is processed or given up, or the signal aborts between invocations. */
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
  onInvoked?.(performance.now() - beganMs, failedAt === undefined);
  return failedAt;
}

/** Sends records to the on-failure destination, retrying until it has them. @returns false if the signal aborted before */
async function giveUp(
  { lambda, streamArn, shardId, onFailure, stats, logger, signal }: ShardConsumerOptions,
  records: readonly KinesisRecord[],
  invocations: number,
): Promise<boolean> {
  logger.error({ shardId, records: records.length, from: records[0]?.SequenceNumber }, 'giving up records');
  while (!signal.aborted) {
    try {
      await onFailure({ functionArn: lambda.arn, streamArn, shardId, records, invocations });
      stats.discardedRecords += records.length;
      return true;
    } catch (error) {
      logger.error({ err: error, shardId }, 'cannot write to the on-failure destination; retrying');
      await pause(READ_RETRY_MS, signal);
    }
  }
  return false;
}

/** Resolves after `ms`, or earlier when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}
