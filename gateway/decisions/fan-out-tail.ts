import {
  ResourceNotFoundException,
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis';
import { ConsumerLease, type RegisteredConsumer } from './consumer-lease.js';
import { deregisterConsumer, registerConsumer } from './stream-consumer.js';
import { CALL_MS, decisionsIn, isOpen, listShards, pause, type Tail, type TailOptions } from './tail.js';

export interface FanOutTailOptions extends TailOptions {
  /** Unique to this process: see {@link registerConsumer}. */
  consumerName: string;
  /** Pause after a failed subscription, ms. Default 1,000. */
  retryMs?: number;
  /** A subscription without an event for this long is dead, ms. Default 35,000; Kinesis sends one every few seconds. */
  silenceMs?: number;
  /** Time between renewals of the consumer's lease, ms: see {@link ConsumerLease}. */
  renewMs?: number;
}

/** Settles the promise of a shard's first subscription. */
interface FirstSubscription {
  resolve(): void;
  reject(error: unknown): void;
}

/** Attempts before the start fails. A previous process's subscription may remain active for some seconds. */
const FIRST_ATTEMPTS = 10;

interface ShardState {
  loop: Promise<void>;
  /** MillisBehindLatest of the last event. */
  behindMs: number;
  /** Start of the current gap in the subscription, ms of performance.now(); undefined while subscribed. */
  downSinceMs: number | undefined;
}

/**
 * Follows the stream by enhanced fan-out. Records come about 70 ms after their arrival, at up to 2 MB/s per shard and
 * consumer. A subscription lasts 5 minutes
 * (https://docs.aws.amazon.com/streams/latest/dev/building-enhanced-consumers-api.html).
 */
export class FanOutTail implements Tail {
  readonly #options: FanOutTailOptions;
  readonly #lease: ConsumerLease;
  readonly #shards = new Map<string, ShardState>();
  /** Shards followed so far; after a merge both parents name the same child. */
  readonly #known = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #failing = new Set<string>();
  #consumer: RegisteredConsumer;
  /** Registration of the consumer after somebody removed it. */
  #registering: Promise<void> | undefined;

  private constructor(options: FanOutTailOptions, consumer: RegisteredConsumer) {
    const { kinesis, logger, renewMs } = options;
    this.#options = options;
    this.#consumer = consumer;
    this.#lease = new ConsumerLease({ kinesis, logger, renewMs }, () => this.#consumer);
  }

  /** Resolves once every open shard is subscribed. @throws {ConsumerError} or the SDK's error */
  static async start(options: FanOutTailOptions): Promise<FanOutTail> {
    const { kinesis, streamName, retryMs, signal } = options;
    const tail = new FanOutTail(options, await registerConsumer(options, retryMs));
    const onAbort = (): void => tail.#stopping.abort();
    signal?.addEventListener('abort', onAbort);
    try {
      signal?.throwIfAborted();
      const open = (await listShards(kinesis, streamName, signal)).filter(isOpen);
      await Promise.all(
        open.map(
          ({ ShardId = '' }) =>
            new Promise<void>((resolve, reject) => tail.#follow(ShardId, { Type: 'LATEST' }, { resolve, reject })),
        ),
      );
      return tail;
    } catch (error) {
      await tail.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  get healthy(): boolean {
    return this.#failing.size === 0;
  }

  get behindMs(): number {
    const nowMs = performance.now();
    return Math.max(
      0,
      ...Array.from(this.#shards.values(), ({ behindMs, downSinceMs }) => behindMs + nowMs - (downSinceMs ?? nowMs)),
    );
  }

  /** Also deregisters the consumer: it costs money while it exists, and a stream allows twenty. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#lease.stop(), ...Array.from(this.#shards.values(), ({ loop }) => loop)]);
    const { consumerArn } = this.#consumer;
    await deregisterConsumer(this.#options.kinesis, consumerArn).catch((error: unknown) => {
      this.#options.logger.warn({ err: error, consumerArn }, 'consumer could not be deregistered');
    });
  }

  #follow(shardId: string, position: StartingPosition, first?: FirstSubscription): void {
    const { signal } = this.#stopping;
    if (signal.aborted) first?.reject(signal.reason);
    if (this.#known.has(shardId) || signal.aborted) return;
    this.#known.add(shardId);
    const state: ShardState = { loop: Promise.resolve(), behindMs: 0, downSinceMs: performance.now() };
    this.#shards.set(shardId, state);
    state.loop = this.#run(shardId, state, position, first);
  }

  async #run(shardId: string, state: ShardState, from: StartingPosition, first?: FirstSubscription): Promise<void> {
    const { logger, onDecisions, retryMs = 1_000 } = this.#options;
    const { signal } = this.#stopping;
    // Before the first event, a timestamp is the only position to resume from.
    const began: StartingPosition = { Type: 'AT_TIMESTAMP', Timestamp: new Date() };
    let position = from;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const events = await this.#subscribe(shardId, position);
        if (position.Type === 'LATEST') position = began;
        first?.resolve();
        let isEmpty = true;
        state.downSinceMs = undefined;
        this.#failing.delete(shardId);
        for await (const event of events) {
          isEmpty = false;
          state.behindMs = event.MillisBehindLatest ?? 0;
          const decisions = decisionsIn(event.Records ?? [], logger);
          if (decisions.length > 0) onDecisions(decisions);
          if (event.ContinuationSequenceNumber === undefined) {
            for (const { ShardId = '' } of event.ChildShards ?? []) this.#follow(ShardId, { Type: 'TRIM_HORIZON' });
            this.#shards.delete(shardId);
            return;
          }
          position = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: event.ContinuationSequenceNumber };
        }
        state.downSinceMs = performance.now();
        if (isEmpty) await pause(retryMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        // Without an answer, the gateway starts degraded instead of waiting for further attempts.
        if (failures === FIRST_ATTEMPTS || isUnanswered(error)) first?.reject(error);
        state.downSinceMs ??= performance.now();
        if (!this.#failing.has(shardId)) logger.warn({ err: error, shardId }, 'decisions cannot be read; retrying');
        this.#failing.add(shardId);
        // The stream no longer retains this position, so continue at its oldest record.
        const isTrimmed = error instanceof Error && error.name === 'InvalidArgumentException';
        if (isTrimmed) position = { Type: 'TRIM_HORIZON' };
        if (error instanceof ResourceNotFoundException) await this.#registerAgain();
        await pause(retryMs, signal);
      }
    }
    first?.reject(signal.reason);
  }

  /** Registers the consumer again, once for all shards: somebody removed it. */
  async #registerAgain(): Promise<void> {
    const { logger, retryMs } = this.#options;
    this.#registering ??= registerConsumer({ ...this.#options, signal: this.#stopping.signal }, retryMs)
      .then((consumer) => {
        this.#consumer = consumer;
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'the consumer cannot be registered again; retrying'))
      .finally(() => {
        this.#registering = undefined;
      });
    await this.#registering;
  }

  async #subscribe(shardId: string, position: StartingPosition): Promise<AsyncGenerator<SubscribeToShardEvent>> {
    const { kinesis, silenceMs = 35_000 } = this.#options;
    const { signal } = this.#stopping;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), CALL_MS);
    const abortSignal = AbortSignal.any([signal, late.signal]);
    const { EventStream } = await kinesis
      .send(
        new SubscribeToShardCommand({
          ConsumerARN: this.#consumer.consumerArn,
          ShardId: shardId,
          StartingPosition: position,
        }),
        { abortSignal },
      )
      .finally(() => clearTimeout(timer));
    if (EventStream === undefined)
      throw new SubscriptionError('Kinesis answered SubscribeToShard without an event stream.');
    return eventsOf(EventStream, silenceMs, signal);
  }
}

/** Whether the SDK's call ended because no answer came in time. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';
  readonly code = 'SUBSCRIPTION_FAILED';
}

/** @throws {SubscriptionError} when no event arrives for `silenceMs`, or the error that Kinesis sends as an event */
async function* eventsOf(
  stream: AsyncIterable<SubscribeToShardEventStream>,
  silenceMs: number,
  signal: AbortSignal,
): AsyncGenerator<SubscribeToShardEvent> {
  const events = stream[Symbol.asyncIterator]();
  let wake: (outcome: 'aborted' | 'silence') => void = () => undefined;
  const onAbort = (): void => wake('aborted');
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      const next = await new Promise<IteratorResult<SubscribeToShardEventStream> | 'aborted' | 'silence'>(
        (resolve, reject) => {
          wake = resolve;
          timer = setTimeout(resolve, silenceMs, 'silence');
          events.next().then(resolve, reject);
        },
      ).finally(() => clearTimeout(timer));
      if (next === 'silence') throw new SubscriptionError(`Kinesis has sent no event for ${silenceMs} ms.`);
      if (next === 'aborted' || next.done === true) return;
      const { SubscribeToShardEvent: event, $unknown: unknown, ...errors } = next.value;
      if (event !== undefined) yield event;
      else if (unknown === undefined) throw Object.values(errors)[0];
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a silent stream may never end.
    void events.return?.().catch(() => undefined);
  }
}
