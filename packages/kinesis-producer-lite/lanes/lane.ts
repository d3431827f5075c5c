import { LatencyHistogram, type ShardMetrics } from '../api/metrics.js';
import type { ShardRate } from '../api/options.js';
import type { StreamReceipt } from '../api/receipts.js';
import type { Shard } from '../api/shard-map.js';
import type { KeySlot } from '../format/aggregate.js';
import { DIGEST_BYTES } from '../format/kpl-format.js';
import type { SpoolEntry } from '../spool/segment.js';
import type { Acknowledgement } from './acknowledgement.js';
import { Pacer } from './pacer.js';
import { type BacklogPart, rebuild, type Slab } from './slab.js';
import { type QueueOptions, SlabQueue } from './slab-queue.js';

/** Settings and callbacks that all lanes of a producer share. */
export interface LaneOptions extends QueueOptions {
  shardRate: ShardRate | undefined;
  /** Called when an entry on disk has reached the stream or cannot be read; once for each lane that had a part of it. */
  onDone(entry: SpoolEntry): void;
}

/**
 * State machine of one shard: where each slab is, and which slab may be sent next.
 *
 *     write -> open -> queue -------- take -------> in flight -> stored
 *                      ^  |                          |     |
 *                      |  +-- toDisk -> spooling     |     +-> misplaced -> moveOut
 *            notOnDisk +------------------- |        |
 *        failed, again +--------------------|--------+ (to the head of the queue, or to replay if it is on disk)
 *                                        onDisk
 *                                           v
 *                                        backlog -- startReplay, replayed -> replay -- take -> in flight
 *
 * Invariants:
 * 1. At most one slab is in flight: PutRecords guarantees no order within a call or among calls.
 * 2. From the oldest to the newest: in flight, backlog, spooling, queue, open. Only the oldest may be taken. While slabs
 *    are being written to disk, those still in memory wait, too.
 * 3. The replay is the first of the backlog, read back into memory. A slab in flight may be written to disk meanwhile;
 *    it is then the first of the backlog as well.
 * 4. A misplaced slab (stored by another shard, after a reshard) stays in flight until the lane moves out, so that
 *    nothing overtakes it. If the stream keeps no order, it may go again instead.
 * 5. The lane frees the memory of each slab that leaves it, except of those that move to other lanes.
 */
export class Lane {
  readonly shard: Shard;
  readonly #options: LaneOptions;
  readonly #pacer: Pacer | undefined;
  readonly #callLatency = new LatencyHistogram();
  readonly #queue: SlabQueue;
  #spooling: Slab[] = [];
  /** The spooling slab that the stream has stored before the disk. Only the one in flight can be. */
  #storedMeanwhile: Slab | undefined;
  #backlog: BacklogPart[] = [];
  /** Whether the first of the backlog is being read from disk. */
  #loading = false;
  #replay: Slab | undefined;
  #inFlight: Slab | undefined;
  #misplacedIn: StreamReceipt | undefined;
  #attempt = 0;
  #lostCalls = 0;
  #lastFailure: string | undefined;
  #notBefore = 0;
  #storedBytes = 0;

  constructor(shard: Shard, options: LaneOptions) {
    this.shard = shard;
    this.#options = options;
    this.#queue = new SlabQueue(options);
    this.#pacer = options.shardRate && new Pacer(options.shardRate);
  }

  get attempt(): number {
    return this.#attempt;
  }

  /**
   * Consecutive calls with the slab in flight that stored nothing. One of their records may be the reason; the more such
   * calls, the fewer lanes share the next one.
   */
  get lostCalls(): number {
    return this.#lostCalls;
  }

  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  get inFlight(): Slab | undefined {
    return this.#inFlight;
  }

  /** Receipt of the shard that stored the slab in flight, if it is not this one. */
  get misplacedIn(): StreamReceipt | undefined {
    return this.#misplacedIn;
  }

  get spooledRecords(): number {
    return this.#backlog.length;
  }

  /** When the oldest unacknowledged record was put, or undefined. */
  get oldestAt(): number | undefined {
    return (this.#flyingFromMemory ?? this.#spooling[0] ?? this.#queue.oldest)?.openedAt;
  }

  /** Age of the oldest unacknowledged record, in ms; 0 if there is none. */
  ageMs(now: number): number {
    const { oldestAt } = this;
    return oldestAt === undefined ? 0 : now - oldestAt;
  }

  metrics(now: number): ShardMetrics {
    return {
      shardId: this.shard.id,
      bytes: this.#storedBytes,
      callLatency: this.#callLatency.snapshot(),
      attempt: this.#attempt,
      oldestAgeMs: this.ageMs(now),
      spooledKinesisRecords: this.#backlog.length,
    };
  }

  /** @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed then */
  write(slot: KeySlot, data: Uint8Array | string, now: () => number, hashKey?: string): Acknowledgement {
    return this.#queue.write(slot, data, now, hashKey);
  }

  /** The open slab takes no more records, so it no longer lingers. */
  seal(): void {
    this.#queue.seal();
  }

  /** The slab in flight, unless it is also on disk. */
  get #flyingFromMemory(): Slab | undefined {
    return this.#inFlight?.part ? undefined : this.#inFlight;
  }

  /** The slab that may be sent next. Undefined if none, while one is in flight, and while it is on disk only. */
  get head(): Slab | undefined {
    if (this.#inFlight) return undefined;
    if (this.#backlog.length > 0) return this.#replay;
    return this.#spooling.length > 0 ? undefined : this.#queue.oldest;
  }

  /** Whether the next slab can still take records: it is open, and nothing waits before it in memory or on disk. */
  get lingers(): boolean {
    return this.#backlog.length === 0 && this.#queue.isOpen;
  }

  /**
   * When the head may be sent.
   * @param lingersUntil when lingering slabs may go, in ms of the monotonic clock
   */
  readyAt(lingersUntil: number): number {
    return Math.max(this.lingers ? lingersUntil : this.#notBefore, this.#pacer?.readyAt ?? 0);
  }

  /**
   * Moves the head into flight.
   * @param records Kinesis records to send it as
   * @returns the head; undefined if there is none
   */
  take(now: number, records = 1): Slab | undefined {
    const slab = this.head;
    if (!slab) return undefined;
    if (slab === this.#replay) this.#replay = undefined;
    else this.#queue.shift();
    this.#inFlight = slab;
    this.#pacer?.sent(slab.length, now, records);
    return slab;
  }

  /** The call with the slab in flight was answered, or failed, after this time. */
  answered(latencyMs: number): void {
    this.#callLatency.record(latencyMs);
  }

  /** The stream has stored the slab in flight. @returns that slab; its memory may be reused */
  stored(): Slab | undefined {
    const { pool, onDone } = this.#options;
    const slab = this.#land();
    if (!slab) return undefined;
    this.#storedBytes += slab.length + DIGEST_BYTES;
    if (slab.part) {
      this.#backlog.shift();
      onDone(slab.part.entry);
    }
    if (this.#spooling.includes(slab)) this.#storedMeanwhile = slab;
    else pool.release(slab.bytes.buffer);
    return slab;
  }

  #land(): Slab | undefined {
    const slab = this.#inFlight;
    this.#inFlight = undefined;
    this.#misplacedIn = undefined;
    this.#attempt = 0;
    this.#lostCalls = 0;
    this.#lastFailure = undefined;
    this.#notBefore = 0;
    return slab;
  }

  /**
   * The slab in flight was not stored: it is sent again before anything newer, at `retryAt` or later.
   * @param isSuspect whether the slab may be why its whole call failed
   */
  failed(message: string, retryAt: number, isSuspect = false): void {
    const attempt = this.#attempt + 1;
    const lostCalls = isSuspect ? this.#lostCalls + 1 : 0;
    this.again();
    this.#attempt = attempt;
    this.#lostCalls = lostCalls;
    this.#lastFailure = message;
    this.#notBefore = retryAt;
  }

  /** The slab in flight, misplaced or not, is sent again before anything newer, and at once. Not a failure. */
  again(): void {
    const slab = this.#land();
    if (slab?.part) this.#replay = slab;
    else if (slab && !this.#spooling.includes(slab)) this.#queue.unshift(slab);
  }

  /** Whether the slab in flight is being written to disk, so that it must stay whole. */
  get isFlightSpooling(): boolean {
    return this.#inFlight !== undefined && this.#spooling.includes(this.#inFlight);
  }

  /**
   * Another slab takes the place of the one in flight: a part of the records is stored, or their order has changed. Not
   * while it is being written to disk.
   * @param isProgress whether a part is stored, so that the failures of earlier calls count no more
   */
  replaceFlight(rest: Slab, isProgress: boolean): void {
    const slab = this.#inFlight;
    if (!slab) return;
    rest.part = slab.part;
    this.#options.pool.release(slab.bytes.buffer);
    this.#inFlight = rest;
    if (!isProgress) return;
    this.#attempt = 0;
    this.#lostCalls = 0;
  }

  misplaced(receipt: StreamReceipt): void {
    this.#misplacedIn = receipt;
  }

  /**
   * Drops the slabs in memory that were opened before a time. Drops none while the oldest is in flight (unless
   * misplaced) or being written to disk.
   * @returns the dropped slabs, oldest first
   */
  expire(before: number): readonly Slab[] {
    if ((this.oldestAt ?? Number.POSITIVE_INFINITY) > before || this.#spooling.length > 0) return NONE;
    const flying = this.#flyingFromMemory;
    if (flying && !this.#misplacedIn) return NONE;
    if (flying) this.#land();
    const expired = flying ? [flying] : [];
    for (let slab = this.#queue.oldest; slab && slab.openedAt <= before; slab = this.#queue.oldest) {
      this.#queue.shift();
      expired.push(slab);
    }
    return this.#free(expired);
  }

  /** Drops all slabs that are in memory only, including the one in flight. @returns the slabs, oldest first */
  close(): readonly Slab[] {
    const flying = this.#flyingFromMemory;
    if (flying) this.#land();
    return this.#free(this.#drain(flying));
  }

  #drain(flying: Slab | undefined): Slab[] {
    return flying ? [flying, ...this.#queue.drain()] : this.#queue.drain();
  }

  #free(slabs: readonly Slab[]): readonly Slab[] {
    for (const { bytes } of slabs) this.#options.pool.release(bytes.buffer);
    return slabs;
  }

  /**
   * When waiting slabs must go to disk (ms of the monotonic clock); Infinity if none waits. While the stream is failing
   * and records are on disk already, after `lingerMs`; otherwise after `afterMs`.
   */
  spoolAt(afterMs: number, lingerMs: number): number {
    if (this.#spooling.length > 0) return Number.POSITIVE_INFINITY;
    const oldest = this.#flyingFromMemory ?? this.#queue.oldest;
    if (!oldest) return Number.POSITIVE_INFINITY;
    const failing = this.#backlog.length > 0 && this.#attempt > 0;
    return oldest.openedAt + (failing ? lingerMs : afterMs);
  }

  /** All slabs in memory, including the one in flight, are being written to disk. @returns the slabs */
  toDisk(): readonly Slab[] {
    this.#spooling = this.#drain(this.#flyingFromMemory);
    return this.#spooling;
  }

  /**
   * The spooling slabs are on disk.
   * @param entries one for each, in order
   * @returns those that are durable now; another may have been stored by the stream meanwhile
   */
  onDisk(entries: readonly SpoolEntry[]): Slab[] {
    const { pool, onDone } = this.#options;
    const durable: Slab[] = [];
    for (const [i, slab] of this.#spooling.entries()) {
      const entry = entries[i];
      if (!entry) continue;
      if (slab === this.#storedMeanwhile) onDone(entry);
      else {
        slab.part = { entry, start: entry.start, end: entry.end };
        this.#backlog.push(slab.part);
        durable.push(slab);
      }
      if (slab === this.#inFlight) continue;
      if (slab.part && this.#backlog.length === 1 && !this.#inFlight) this.#replay = slab;
      else pool.release(slab.bytes.buffer);
    }
    this.#spooling = [];
    this.#storedMeanwhile = undefined;
    return durable;
  }

  /** The disk has failed: the spooling slabs return to the queue, in their place. */
  notOnDisk(): void {
    const stored = this.#storedMeanwhile;
    if (stored) this.#options.pool.release(stored.bytes.buffer);
    this.#queue.unshift(...this.#spooling.filter((slab) => slab !== this.#inFlight && slab !== stored));
    this.#spooling = [];
    this.#storedMeanwhile = undefined;
  }

  /** @returns the first of the backlog if it must be read from disk now; then call `replayed` or `notReplayed` */
  startReplay(): BacklogPart | undefined {
    const [first] = this.#backlog;
    if (!first || this.#inFlight || this.#replay || this.#loading) return undefined;
    this.#loading = true;
    return first;
  }

  /**
   * The first of the backlog was read.
   * @param bytes an aggregate without digest; undefined if it is damaged, which drops it
   * @returns false if a reshard has moved it to other lanes meanwhile
   */
  replayed(part: BacklogPart, bytes: Uint8Array | undefined): boolean {
    this.#loading = false;
    if (this.#backlog[0] !== part) return false;
    const slab = bytes && rebuild(bytes, part, this.#options.pool);
    if (slab) {
      slab.part = part;
      this.#replay = slab;
    } else {
      this.#backlog.shift();
      this.#options.onDone(part.entry);
    }
    return true;
  }

  /** The disk could not be read: the next `startReplay` tries again. */
  notReplayed(): void {
    this.#loading = false;
  }

  /**
   * Empties the lane of a shard that has closed. No call may be in flight, and nothing being written to disk.
   * @returns the records on disk, and the slabs in memory only: a misplaced one, then the others, oldest first
   */
  moveOut(): { parts: BacklogPart[]; slabs: Slab[] } {
    const { pool } = this.#options;
    const flying = this.#flyingFromMemory;
    const inBoth = this.#replay ?? (flying ? undefined : this.#inFlight);
    if (inBoth) pool.release(inBoth.bytes.buffer);
    this.#replay = undefined;
    this.#land();
    const parts = this.#backlog;
    this.#backlog = [];
    return { parts, slabs: this.#drain(flying) };
  }

  moveIn(slab: Slab): void {
    this.#queue.push(slab);
  }

  /** Appends records on disk that another lane, or an earlier run, accepted. */
  moveInFromDisk(part: BacklogPart): void {
    this.#backlog.push(part);
  }
}

const NONE: readonly Slab[] = [];
