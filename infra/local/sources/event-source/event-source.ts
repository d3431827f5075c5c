import { setMaxListeners } from 'node:events';
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import type { EventSourceMapping } from '../../../resources.js';
import { type FunctionHandler, LocalFunction } from '../local-function.js';
import { Checkpoints } from './checkpoints.js';
import type { OnFailure } from './failures.js';
import { consumeShard, type Stats } from './shard-consumer.js';
import { ShardReader } from './shard-reader.js';

export interface EventSourceOptions {
  kinesis: KinesisClient;
  mapping: EventSourceMapping;
  handler: FunctionHandler<KinesisStreamEvent>;
  onFailure: OnFailure;
  logger: Logger;
  /** Default: in memory. */
  checkpoints?: Checkpoints;
  /** Poll interval of a shard after a read that did not fill a batch, ms. Default 70; Lambda polls once a second. */
  pollMs?: number;
  onInvoked?(ms: number, succeeded: boolean): void;
}

interface Consumer {
  done: Promise<void>;
  /** Start of the last read that found the shard empty, monotonic ms. */
  emptyAtMs: number;
  /** Arrival of the oldest record that was read and is not processed yet, epoch ms. */
  waitingSince: number | undefined;
}

/**
 * Lambda's event source mapping: one batch per shard in flight; after a reshard, child shards only after their parents.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
export class EventSource {
  readonly #options: EventSourceOptions;
  readonly #checkpoints: Checkpoints;
  readonly #lambda: LocalFunction<KinesisStreamEvent>;
  readonly #region: string;
  readonly #streamArn: string;
  readonly #stopping = new AbortController();
  readonly #consumers = new Map<string, Consumer>();
  readonly #stats: Stats = { invocations: 0, failedInvocations: 0, records: 0, discardedRecords: 0, iteratorAgeMs: 0 };
  #onQuiet = new Set<() => void>();

  private constructor(options: EventSourceOptions, streamArn: string, region: string) {
    const { functionName, functionTimeoutMs: timeoutMs } = options.mapping;
    this.#options = options;
    this.#checkpoints = options.checkpoints ?? new Checkpoints();
    this.#streamArn = streamArn;
    this.#region = region;
    this.#lambda = new LocalFunction(options.handler, { functionName, timeoutMs, region });
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Starts after the checkpoint of each shard, or else with its oldest record. */
  static async start(options: EventSourceOptions): Promise<EventSource> {
    const { kinesis, mapping } = options;
    const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: mapping.stream }));
    const streamArn = answer.StreamDescriptionSummary?.StreamARN ?? '';
    const source = new EventSource(options, streamArn, await kinesis.config.region());
    await source.#consumeNewShards();
    return source;
  }

  get stats(): Readonly<Stats> {
    return this.#stats;
  }

  /** Age of the oldest record that was read and is not processed yet, ms; 0 once every shard was found empty. */
  get iteratorAgeMs(): number {
    const since = Array.from(this.#consumers.values(), ({ waitingSince }) => waitingSince ?? Number.POSITIVE_INFINITY);
    return Math.max(0, Date.now() - Math.min(...since));
  }

  /** Resolves when all records are processed and every shard was found empty by a read that began after this call. */
  async drain(): Promise<Readonly<Stats>> {
    const sinceMs = performance.now();
    const isDrained = () => Array.from(this.#consumers.values()).every(({ emptyAtMs }) => emptyAtMs > sinceMs);
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!isDrained() && !this.#stopping.signal.aborted) return;
        this.#onQuiet.delete(check);
        resolve();
      };
      this.#onQuiet.add(check);
      check();
    });
    return this.#stats;
  }

  /** Resolves when the current invocations have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#quiet();
    while (this.#consumers.size > 0) {
      await Promise.all(Array.from(this.#consumers.values(), ({ done }) => done));
    }
  }

  async #consumeNewShards(): Promise<void> {
    const shards = await this.#listShards();
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const { ShardId = '', ParentShardId, AdjacentParentShardId } of shards) {
      const isReady = [ParentShardId, AdjacentParentShardId].every(
        // A parent that is no longer listed has expired with all its records.
        (parent) => parent === undefined || !known.has(parent) || this.#checkpoints.isFinished(parent),
      );
      const isNew = !this.#consumers.has(ShardId) && !this.#checkpoints.isFinished(ShardId);
      if (isReady && isNew && !this.#stopping.signal.aborted) this.#consume(ShardId);
    }
  }

  #consume(shardId: string): void {
    const { kinesis, mapping, logger } = this.#options;
    const consumer: Consumer = {
      done: Promise.resolve(),
      emptyAtMs: Number.NEGATIVE_INFINITY,
      waitingSince: undefined,
    };
    this.#consumers.set(shardId, consumer);
    const run = async (): Promise<void> => {
      const ended = await consumeShard({
        pollMs: 70,
        ...this.#options,
        shardId,
        reader: new ShardReader(kinesis, mapping.stream, shardId, this.#checkpoints.get(shardId)),
        lambda: this.#lambda,
        region: this.#region,
        streamArn: this.#streamArn,
        checkpoints: this.#checkpoints,
        signal: this.#stopping.signal,
        stats: this.#stats,
        onRead: (arrivedAt) => {
          consumer.waitingSince = arrivedAt?.getTime();
        },
        onEmpty: (readBeganMs) => {
          consumer.waitingSince = undefined;
          consumer.emptyAtMs = readBeganMs;
          this.#quiet();
        },
      });
      if (!ended) return;
      this.#checkpoints.finish(shardId);
      logger.info({ shardId }, 'shard ended; reading its child shards next');
      await this.#consumeNewShards();
    };
    consumer.done = run()
      .catch((error: unknown) => logger.fatal({ err: error, shardId }, 'stopped reading the shard'))
      .finally(() => {
        this.#consumers.delete(shardId);
        this.#quiet();
      });
  }

  #quiet(): void {
    for (const check of this.#onQuiet) check();
  }

  async #listShards(): Promise<Shard[]> {
    const { kinesis, mapping } = this.#options;
    const shards: Shard[] = [];
    let next: string | undefined;
    do {
      const page = await kinesis.send(
        new ListShardsCommand(next === undefined ? { StreamName: mapping.stream } : { NextToken: next }),
      );
      shards.push(...(page.Shards ?? []));
      next = page.NextToken;
    } while (next !== undefined);
    return shards;
  }
}
