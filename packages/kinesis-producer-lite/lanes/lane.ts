import { ProducerError } from '../api/errors.js';
import { LatencyHistogram } from '../api/metrics.js';
import type { ShardRate } from '../api/options.js';
import type { Shard } from '../api/shard-map.js';
import { dataBytesOf, type KeySlot, loneRecordBytes } from '../format/aggregate.js';
import { Pacer } from './pacer.js';
import { Acknowledgement, type BacklogPart, Slab, type StreamReceipt } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/**
 * Queue of one shard, oldest first:
 *
 *     in flight (at most one)  <-  backlog on disk  <-  spooling  <-  queue: [retry] sealed ...  <-  open  <-  put
 *
 * Only one record is in flight, since PutRecords guarantees no order within a call or among calls. Without a spool, or
 * while the stream accepts records, backlog and spooling are empty. The slab in flight may be spooled in the meantime;
 * then it is also the first of the backlog.
 */
export class Lane {
  readonly shard: Shard;
  inFlight: Slab | undefined;
  /** Set when another shard stored the slab in flight. */
  misplacedIn: StreamReceipt | undefined;
  /** Consecutive failures. */
  attempt = 0;
  /** Payload bytes stored since the lane was created. */
  bytes = 0;
  lastFailure: string | undefined;
  /** Records on disk. */
  readonly backlog: BacklogPart[] = [];
  /** Whether the first of the backlog is being read from disk. */
  loading = false;
  /** Slabs being written to disk. */
  spooling: Slab[] = [];
  readonly callLatency = new LatencyHistogram();
  readonly #pacer: Pacer | undefined;
  readonly #pool: SlabPool;
  readonly #largest: number;
  readonly #onOpen: (slab: Slab) => void;
  readonly #queue: Slab[] = [];
  #open: Slab | undefined;
  /** The first of the backlog, read back into memory. */
  #replay: Slab | undefined;
  #notBefore = 0;
  #usualBytes = 0;

  constructor(
    shard: Shard,
    pool: SlabPool,
    largest: number,
    rate: ShardRate | undefined,
    onOpen: (slab: Slab) => void,
  ) {
    this.shard = shard;
    this.#pacer = rate && new Pacer(rate);
    this.#pool = pool;
    this.#largest = largest;
    this.#onOpen = onOpen;
  }

  /**
   * Appends a user record at the end of the lane.
   * @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed in that case
   */
  write(slot: KeySlot, data: Uint8Array | string, now: () => number, hashKey?: string): Acknowledgement {
    if (this.#open?.append(slot, data, hashKey)) return this.#open.acknowledgement;
    const slab = this.#roomFor(slot, dataBytesOf(data), now, hashKey);
    slab.append(slot, data, hashKey);
    return slab.acknowledgement;
  }

  #roomFor(slot: KeySlot, dataBytes: number, now: () => number, hashKey: string | undefined): Slab {
    const slab = this.#open;
    const size = slab?.sizeWith(slot, dataBytes, hashKey) ?? Number.POSITIVE_INFINITY;
    if (slab === undefined || size > this.#largest)
      return this.#openFor(loneRecordBytes(slot, dataBytes, hashKey), now);
    this.#grow(slab, size);
    return slab;
  }

  #openFor(least: number, now: () => number): Slab {
    if (least > this.#largest) {
      throw new ProducerError(
        'RECORD_TOO_LARGE',
        `The record takes ${least} bytes; at most ${this.#largest} are allowed.`,
      );
    }
    const slab = new Slab(this.#pool.take(least, this.#usualBytes), now(), new Acknowledgement());
    this.seal();
    this.#open = slab;
    this.#onOpen(slab);
    return slab;
  }

  #grow(slab: Slab, size: number): void {
    this.#pool.release(slab.moveTo(this.#pool.take(size)));
  }

  /** Moves the open slab to the queue; it takes no more records. */
  seal(): void {
    if (!this.#open) return;
    this.#usualBytes = this.#open.bytes.length;
    this.#queue.push(this.#open);
    this.#open = undefined;
  }

  /** Appends a slab accepted earlier, e.g. after a reshard. */
  enqueue(slab: Slab): void {
    this.#queue.push(slab);
  }

  /** The slab to send next. Undefined if none, or if it is on disk or being written to it. */
  get head(): Slab | undefined {
    if (this.backlog.length > 0) return this.#replay;
    return this.spooling.length > 0 ? undefined : this.#waiting;
  }

  /** The oldest waiting slab in memory that is not being written to disk. */
  get #waiting(): Slab | undefined {
    return this.#queue[0] ?? this.#open;
  }

  /** The slab in flight, unless it is also on disk. */
  get flyingFromMemory(): Slab | undefined {
    return this.inFlight?.part ? undefined : this.inFlight;
  }

  /** When the oldest unacknowledged record was put, or undefined. */
  get oldestAt(): number | undefined {
    return (this.flyingFromMemory ?? this.spooling[0] ?? this.#waiting)?.openedAt;
  }

  /** Whether the next slab can still take records: it is open, and nothing waits before it in memory or on disk. */
  get lingers(): boolean {
    return this.backlog.length === 0 && this.#queue.length === 0 && this.#open !== undefined;
  }

  /**
   * When the head may be sent, given that nothing is in flight.
   * @param lingersUntil when lingering slabs may go, in ms of the monotonic clock
   */
  readyAt(lingersUntil: number): number {
    return Math.max(this.lingers ? lingersUntil : this.#notBefore, this.#pacer?.readyAt ?? 0);
  }

  /** Moves the head into flight. */
  take(now: number): Slab | undefined {
    if (this.backlog.length > 0) {
      this.inFlight = this.#replay;
      this.#replay = undefined;
    } else {
      if (this.#queue.length === 0) this.seal();
      this.inFlight = this.#queue.shift();
    }
    if (this.inFlight) this.#pacer?.sent(this.inFlight.length, now);
    return this.inFlight;
  }

  /** Removes the slab in flight, stored or failed. @returns it */
  clear(): Slab | undefined {
    const slab = this.inFlight;
    if (slab?.part && slab.part === this.backlog[0]) this.backlog.shift();
    this.inFlight = undefined;
    this.misplacedIn = undefined;
    this.attempt = 0;
    this.lastFailure = undefined;
    this.#notBefore = 0;
    return slab;
  }

  /** Puts the slab in flight back to the front, to be sent again before anything newer. */
  retry(notBefore: number): void {
    const slab = this.inFlight;
    this.inFlight = undefined;
    this.#notBefore = notBefore;
    if (slab?.part) this.#replay = slab;
    else if (slab && !this.spooling.includes(slab)) this.#queue.unshift(slab);
  }

  /** Removes the oldest waiting slab if it was opened before `time`. Do not call it while an older one is in flight. */
  dropHeadBefore(time: number): Slab | undefined {
    const slab = this.#waiting;
    if (!slab || slab.openedAt > time) return undefined;
    this.seal();
    return this.#queue.shift();
  }

  /** Removes all waiting slabs from memory, oldest first, except those in flight or being written to disk. */
  drain(): Slab[] {
    this.seal();
    return this.#queue.splice(0);
  }

  /**
   * When waiting slabs must go to disk (ms of the monotonic clock); Infinity if none waits. While the stream is failing
   * and records are on disk already, after `lingerMs`; otherwise after `afterMs`.
   */
  spoolAt(afterMs: number, lingerMs: number): number {
    if (this.spooling.length > 0 || this.misplacedIn) return Number.POSITIVE_INFINITY;
    const oldest = this.flyingFromMemory ?? this.#waiting;
    if (!oldest) return Number.POSITIVE_INFINITY;
    const failing = this.backlog.length > 0 && this.attempt > 0;
    return oldest.openedAt + (failing ? lingerMs : afterMs);
  }

  /** Marks all slabs in memory, including the one in flight, as being written to disk. */
  startSpooling(): readonly Slab[] {
    const flying = this.flyingFromMemory && !this.misplacedIn ? [this.flyingFromMemory] : [];
    this.spooling = [...flying, ...this.drain()];
    return this.spooling;
  }

  /** After a failed write: returns the slabs to the queue, in their place. */
  stopSpooling(): void {
    this.#queue.unshift(...this.spooling.filter((slab) => slab !== this.inFlight && !slab.storedWhileSpooling));
    this.spooling = [];
  }

  /** Whether the first of the backlog must be read from disk before anything can be sent. */
  get wantsReplay(): boolean {
    return this.backlog.length > 0 && !this.inFlight && !this.#replay && !this.loading;
  }

  /** Sets the first of the backlog, read back from disk. */
  setReplay(slab: Slab): void {
    this.#replay = slab;
  }

  /** Drops the first of the backlog from memory; it stays on disk. */
  dropReplay(): Slab | undefined {
    const slab = this.#replay;
    this.#replay = undefined;
    return slab;
  }
}
