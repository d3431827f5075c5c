import { setTimeout as delay } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import type { Logger } from 'pino';
import { compile, Decision } from '../contract/index.js';

export interface DecisionTailOptions {
  kinesis: KinesisClient;
  streamName: string;
  /** From one read of a shard to the next, ms. AWS allows 5 reads/s a shard, shared by all readers of the stream. */
  pollMs: number;
  /** Told of the decisions of each read that found any. */
  onDecisions(decisions: readonly Decision[]): void;
  logger: Logger;
}

const isDecision = compile(Decision);
const RETRY_MS = 500;
const EMPTY = new Uint8Array();

/**
 * Follows the `decisions` stream from now on: one loop a shard. Decisions made before the start are in the table.
 * A shard that ends (resharding) is followed by its children, from their beginning.
 */
export class DecisionTail {
  readonly #options: DecisionTailOptions;
  readonly #loops = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #failing = new Set<string>();
  /** Up to when each shard has been read, ms of performance.now(). */
  readonly #readUntilMs = new Map<string, number>();

  private constructor(options: DecisionTailOptions) {
    this.#options = options;
  }

  /** Resolves once every open shard has an iterator: a decision published after that will be seen. */
  static async start(options: DecisionTailOptions): Promise<DecisionTail> {
    const tail = new DecisionTail(options);
    const shards = await tail.#listShards();
    const open = shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined);
    await Promise.all(
      open.map(async ({ ShardId = '' }) => {
        const iterator = await tail.#iterator(ShardId, 'LATEST');
        tail.#follow(ShardId, iterator);
      }),
    );
    return tail;
  }

  /** False while a shard cannot be read. */
  get healthy(): boolean {
    return this.#failing.size === 0;
  }

  /** For how long at most decisions may have been on the stream that were not read, ms. */
  get behindMs(): number {
    return performance.now() - Math.min(performance.now(), ...this.#readUntilMs.values());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops.values());
  }

  #follow(shardId: string, iterator: string | undefined): void {
    if (this.#loops.has(shardId)) return;
    this.#readUntilMs.set(shardId, performance.now());
    this.#loops.set(shardId, this.#run(shardId, iterator));
  }

  async #run(shardId: string, first: string | undefined): Promise<void> {
    const { kinesis, pollMs, logger } = this.#options;
    const { signal } = this.#stopping;
    let iterator = first;
    let lastSequence: string | undefined;
    while (!signal.aborted) {
      const beganMs = performance.now();
      try {
        iterator ??= await this.#iterator(shardId, lastSequence === undefined ? 'TRIM_HORIZON' : lastSequence);
        const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal: signal });
        this.#failing.delete(shardId);
        this.#readUntilMs.set(shardId, beganMs - (answer.MillisBehindLatest ?? 0));
        const records = answer.Records ?? [];
        const decisions = records.flatMap(({ Data = EMPTY, PartitionKey = '' }) =>
          deaggregate(Data, PartitionKey).flatMap(({ data }) => this.#read(data)),
        );
        if (decisions.length > 0) this.#options.onDecisions(decisions);
        lastSequence = records.at(-1)?.SequenceNumber ?? lastSequence;
        iterator = answer.NextShardIterator;
        if (iterator === undefined) {
          await this.#followChildren(shardId);
          this.#readUntilMs.delete(shardId);
          return;
        }
        await pause(beganMs + pollMs - performance.now(), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#failing.has(shardId)) logger.warn({ err: error, shardId }, 'decisions cannot be read; trying on');
        this.#failing.add(shardId);
        // Before the first read there is no place to resume from but the iterator itself.
        if (lastSequence !== undefined || isExpired(error)) iterator = undefined;
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** The decision in a record, or none: then it is logged and passed over. */
  #read(data: Uint8Array): Decision[] {
    try {
      const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
      if (isDecision(value)) return [value];
      this.#options.logger.error({ errors: isDecision.errors }, 'a record on the decisions stream is no decision');
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a record on the decisions stream is not JSON');
    }
    return [];
  }

  async #followChildren(parentId: string): Promise<void> {
    for (const shard of await this.#listShards()) {
      const isChild = shard.ParentShardId === parentId || shard.AdjacentParentShardId === parentId;
      if (isChild && shard.ShardId !== undefined) this.#follow(shard.ShardId, undefined);
    }
  }

  async #iterator(shardId: string, from: string): Promise<string | undefined> {
    const { kinesis, streamName } = this.#options;
    const place =
      from === 'LATEST' || from === 'TRIM_HORIZON'
        ? ({ ShardIteratorType: from } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: from } as const);
    const answer = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ...place }),
    );
    return answer.ShardIterator;
  }

  async #listShards(): Promise<Shard[]> {
    const { kinesis, streamName } = this.#options;
    const shards: Shard[] = [];
    let next: string | undefined;
    do {
      const page = await kinesis.send(
        new ListShardsCommand(next === undefined ? { StreamName: streamName } : { NextToken: next }),
      );
      shards.push(...(page.Shards ?? []));
      next = page.NextToken;
    } while (next !== undefined);
    return shards;
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExpiredIteratorException';
}

/** Resolves after `ms`, or at once when that is past or the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
