import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import { decisionsIn, isOpen, listShards, pause, type Tail, type TailOptions, within } from './tail.js';

export interface PollingTailOptions extends TailOptions {
  /** Interval between reads of a shard, ms. AWS allows 5 reads/s per shard, shared by all readers of the stream. */
  pollMs: number;
}

const RETRY_MS = 500;

/** Follows the stream with one loop per shard. When a shard ends, reads its children from their beginning. */
export class PollingTail implements Tail {
  readonly #options: PollingTailOptions;
  readonly #loops = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #failing = new Set<string>();
  /** Time up to which each shard has been read, ms of performance.now(). */
  readonly #readUntilMs = new Map<string, number>();

  private constructor(options: PollingTailOptions) {
    this.#options = options;
  }

  /** Resolves once every open shard has an iterator, so that no later decision is missed. */
  static async start(options: PollingTailOptions): Promise<PollingTail> {
    const tail = new PollingTail(options);
    const { kinesis, streamName, signal } = options;
    const open = (await listShards(kinesis, streamName, signal)).filter(isOpen);
    // No loop starts unless all can: a failed start leaves nothing behind.
    const iterators = await Promise.all(
      open.map(async ({ ShardId = '' }) => [ShardId, await tail.#iterator(ShardId, 'LATEST', signal)] as const),
    );
    for (const [shardId, iterator] of iterators) tail.#follow(shardId, iterator);
    return tail;
  }

  get healthy(): boolean {
    return this.#failing.size === 0;
  }

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
        iterator ??= await this.#iterator(shardId, lastSequence ?? 'TRIM_HORIZON', signal);
        const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal: signal });
        this.#failing.delete(shardId);
        this.#readUntilMs.set(shardId, beganMs - (answer.MillisBehindLatest ?? 0));
        const records = answer.Records ?? [];
        const decisions = decisionsIn(records, logger);
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
        if (!this.#failing.has(shardId)) logger.warn({ err: error, shardId }, 'decisions cannot be read; retrying');
        this.#failing.add(shardId);
        // Before the first record the iterator is the only position, so keep it unless it has expired.
        const isExpired = error instanceof Error && error.name === 'ExpiredIteratorException';
        if (lastSequence !== undefined || isExpired) iterator = undefined;
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #followChildren(parentId: string): Promise<void> {
    const { kinesis, streamName } = this.#options;
    for (const shard of await listShards(kinesis, streamName, this.#stopping.signal)) {
      const isChild = shard.ParentShardId === parentId || shard.AdjacentParentShardId === parentId;
      if (isChild && shard.ShardId !== undefined) this.#follow(shard.ShardId, undefined);
    }
  }

  async #iterator(shardId: string, from: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { kinesis, streamName } = this.#options;
    const place =
      from === 'LATEST' || from === 'TRIM_HORIZON'
        ? ({ ShardIteratorType: from } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: from } as const);
    const answer = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ...place }),
      within(signal),
    );
    return answer.ShardIterator;
  }
}
