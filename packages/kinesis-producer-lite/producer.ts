import { ProducerError } from './api/errors.js';
import { checkHashKey } from './api/keys.js';
import type { Meter, ProducerMetrics, ShardMetrics } from './api/metrics.js';
import type { KinesisProducerOptions } from './api/options.js';
import type { PutReceipt } from './api/receipts.js';
import type { ShardMap } from './api/shard-map.js';
import type { Dispatcher } from './dispatcher.js';
import { checkData, type KeySlot, newKeySlot } from './format/aggregate.js';
import type { Lane } from './lanes/lane.js';
import type { Transport } from './send/transport.js';
import { type ProducerParts, startParts } from './start-parts.js';

const REMEMBERED_KEYS = 16_384;
const CLOSE_DEADLINE_MS = 10_000;
const now = () => performance.now();

interface Route {
  lane: Lane;
  slot: KeySlot;
}

/** Puts records on a Kinesis stream: aggregated, in order per partition key, at least once. */
export class KinesisProducer {
  readonly #dispatcher: Dispatcher;
  readonly #transport: Transport;
  readonly #meter: Meter;
  #routes = new KeyCache<Route>(REMEMBERED_KEYS);
  #routesOf: ShardMap;
  #closing: Promise<void> | undefined;

  private constructor({ dispatcher, transport, meter }: ProducerParts) {
    this.#dispatcher = dispatcher;
    this.#transport = transport;
    this.#meter = meter;
    this.#routesOf = dispatcher.map;
  }

  /**
   * Starts the workers and loads the stream's shards. Starts during an outage, too, if an earlier run has used the
   * spool.
   * @throws {ProducerError} INVALID_OPTIONS, WORKER_NOT_FOUND, STREAM_NOT_FOUND, STREAM_REFUSED, STREAM_UNAVAILABLE,
   * STREAM_UNORDERED, SPOOL_LOCKED, SPOOL_UNAVAILABLE
   */
  static async start(options: KinesisProducerOptions): Promise<KinesisProducer> {
    return new KinesisProducer(await startParts(options));
  }

  /**
   * Queues a record behind all earlier ones of its partition key.
   * The promise resolves when Kinesis or the spool has stored the record. All records in one Kinesis record share the
   * same promise object, and `receiptOf` finds a record's part of a receipt. While the producer is not `ordered`, each
   * record is a Kinesis record with a promise and a receipt of its own. The promise may be ignored: its unhandled
   * rejection does not end the process.
   * @param partitionKey 1 to 256 characters, without half a surrogate pair
   * @param data bytes, or a string to write as UTF-8; copied before this returns
   * @param explicitHashKey 0 to 2^128 - 1 in decimal; selects the shard instead of the partition key's hash
   * @throws {ProducerError} at once, with nothing queued: RECORD_TOO_LARGE, BUFFER_FULL, CLOSED, INVALID_KEY,
   * INVALID_DATA
   */
  put(partitionKey: string, data: Uint8Array | string, explicitHashKey?: string): Promise<PutReceipt> {
    if (this.#closing) throw new ProducerError('CLOSED', 'The producer is closed.');
    checkData(data);
    const { lane, slot } = this.#route(partitionKey, explicitHashKey);
    const acknowledgement = lane.write(slot, data, now, explicitHashKey);
    this.#meter.accepted += 1;
    return acknowledgement.promise;
  }

  #route(partitionKey: string, hashKey: string | undefined): Route {
    const { map, lanes } = this.#dispatcher;
    if (map !== this.#routesOf) {
      this.#routes = new KeyCache(REMEMBERED_KEYS);
      this.#routesOf = map;
    }
    if (hashKey !== undefined) checkHashKey(hashKey);
    // No valid key contains half a surrogate pair, so both keys together never look like another partition key.
    const name = hashKey === undefined ? partitionKey : `${hashKey}\udc00${partitionKey}`;
    const known = this.#routes.get(name);
    if (known) return known;
    const slot = newKeySlot(partitionKey);
    const lane = lanes[hashKey === undefined ? map.indexOf(partitionKey) : map.indexOfHashKey(BigInt(hashKey))];
    if (!lane) throw new ProducerError('INVALID_KEY', 'No shard has this hash key.');
    const route = { lane, slot };
    this.#routes.set(name, route);
    return route;
  }

  /** Memory held for records neither stored nor failed, in bytes. Counts whole buffers, including their unused part. */
  get bufferedBytes(): number {
    return this.#dispatcher.pool.heldBytes;
  }

  /** In ms; 0 if no record is unacknowledged. */
  get oldestAgeMs(): number {
    return this.#dispatcher.oldestAgeMs();
  }

  /**
   * False while the stream ignores keys and so keeps no order (record distribution strategy AUTO). All records are stored
   * nevertheless. The event `distribution` tells when it changes.
   */
  get ordered(): boolean {
    return this.#dispatcher.ordered;
  }

  /**
   * False while calls keep failing, or records keep landing in shards where they do not belong. True again after a call
   * that stores something in its place, or when nothing is left to send.
   */
  get healthy(): boolean {
    return this.#dispatcher.healthy;
  }

  /**
   * Resolves when everything put so far is stored in the stream or failed, and the spool is empty. Skips lingering, but
   * not the delays of retries.
   */
  flush(): Promise<void> {
    return this.#dispatcher.flush();
  }

  /**
   * Accepts no more records, stores what it can until the deadline, and ends the workers. The rest stays in the spool
   * or, without one, fails with CLOSED. A second call returns the same promise.
   * @param options.deadlineMs default 10,000
   */
  close(options: { deadlineMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.deadlineMs ?? CLOSE_DEADLINE_MS);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#dispatcher.flush(), deadline]);
    clearTimeout(timer);
    await this.#dispatcher.stop(new ProducerError('CLOSED', `Not acknowledged within ${deadlineMs} ms of close().`));
    await this.#transport.close();
  }

  /** Metrics of each open shard. Costly with thousands of shards: do not call it every second. */
  shardMetrics(): ShardMetrics[] {
    return this.#dispatcher.shardMetrics();
  }

  /** A plain snapshot, cheap enough to take every second. */
  metrics(): ProducerMetrics {
    const { bufferedBytes, oldestAgeMs } = this;
    return this.#meter.snapshot({ bufferedBytes, oldestAgeMs, spooledBytes: this.#dispatcher.spooledBytes });
  }
}

/**
 * Cache of at least the `capacity` most recent partition keys, at most twice as many. Two generations instead of an LRU
 * list, so a hit needs no bookkeeping. A hit saves the MD5 of the key and its encoding.
 */
class KeyCache<Value> {
  readonly #capacity: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const aged = this.#old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
