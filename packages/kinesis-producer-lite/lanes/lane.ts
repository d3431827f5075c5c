import { ProducerError } from '../api/errors.js';
import { LatencyHistogram } from '../api/latency-histogram.js';
import { dataBytesOf, type KeySlot, loneRecordBytes } from '../format/aggregate.js';
import { Acknowledgement, type StreamReceipt } from './acknowledgement.js';
import type { BacklogPart } from './backlog-part.js';
import { Pacer, type ShardRate } from './pacer.js';
import type { Shard } from './shard-map.js';
import { Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/**
 * All that waits for one shard, oldest first:
 *
 *     in flight (at most one)  <-  backlog on disk  <-  spooling  <-  queue: [to be sent again] sealed ...  <-  open  <-  put
 *
 * One record in flight is what keeps the order: PutRecords promises none among the records of a call, nor among calls.
 * Without a spool, or while the stream takes records, there is neither backlog nor anything spooling. What is in flight may
 * be spooled meanwhile; then it is the first of the backlog as well.
 */
export class Lane {
  readonly shard: Shard;
  inFlight: Slab | undefined;
  /** Set when another shard than this one took the slab in flight. */
  misplacedIn: StreamReceipt | undefined;
  /** Failures in a row. */
  attempt = 0;
  /** Payload bytes stored since the lane began. */
  bytes = 0;
  lastFailure: string | undefined;
  /** What is on disk. */
  readonly backlog: BacklogPart[] = [];
  /** Whether the first of the backlog is being read. */
  loading = false;
  /** What is on its way to disk. */
  spooling: Slab[] = [];
  readonly callLatency = new LatencyHistogram();
  readonly #pacer: Pacer | undefined;
  readonly #pool: SlabPool;
  readonly #largest: number;
  readonly #onOpen: (slab: Slab) => void;
  readonly #queue: Slab[] = [];
  #open: Slab | undefined;
  /** The first of the backlog, in memory again. */
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
   * Encodes a user record behind all others of this lane.
   * @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed then
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
      throw new ProducerError('RECORD_TOO_LARGE', `The record takes ${least} bytes of at most ${this.#largest}.`);
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

  /** Closes the open slab to further records. */
  seal(): void {
    if (!this.#open) return;
    this.#usualBytes = this.#open.bytes.length;
    this.#queue.push(this.#open);
    this.#open = undefined;
  }

  /** Puts a slab that was accepted earlier behind those that wait. */
  enqueue(slab: Slab): void {
    this.#queue.push(slab);
  }

  /** What is sent next. Undefined also while that is on disk, or on its way there. */
  get head(): Slab | undefined {
    if (this.backlog.length > 0) return this.#replay;
    return this.spooling.length > 0 ? undefined : this.#waiting;
  }

  /** The oldest that waits in memory and is not on its way to disk. */
  get #waiting(): Slab | undefined {
    return this.#queue[0] ?? this.#open;
  }

  /** What is in flight, unless the disk has it as well. */
  get flyingFromMemory(): Slab | undefined {
    return this.inFlight?.part ? undefined : this.inFlight;
  }

  /** When the oldest unacknowledged record came, or undefined. */
  get oldestAt(): number | undefined {
    return (this.flyingFromMemory ?? this.spooling[0] ?? this.#waiting)?.openedAt;
  }

  /** Whether what would be sent next could still have company: it is not full, not sent again, and not on disk. */
  get lingers(): boolean {
    return this.backlog.length === 0 && this.#queue.length === 0 && this.#open !== undefined;
  }

  /**
   * When the head may be sent, once nothing is in flight.
   * @param lingersUntil when what could still have company may go, ms of the monotonic clock
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

  /** The slab in flight is stored, or given up. Returns it. */
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

  /** The slab in flight has to be sent again, before anything newer. */
  retry(notBefore: number): void {
    const slab = this.inFlight;
    this.inFlight = undefined;
    this.#notBefore = notBefore;
    if (slab?.part) this.#replay = slab;
    else if (slab && !this.spooling.includes(slab)) this.#queue.unshift(slab);
  }

  /** Takes out the head if it came before `time`. Not while something older may still be stored. */
  dropHeadBefore(time: number): Slab | undefined {
    const slab = this.#waiting;
    if (!slab || slab.openedAt > time) return undefined;
    this.seal();
    return this.#queue.shift();
  }

  /** Takes out everything that waits in memory, oldest first; not what is in flight or on its way to disk. */
  drain(): Slab[] {
    this.seal();
    return this.#queue.splice(0);
  }

  /**
   * When what waits has to go to disk; Infinity if nothing has to. While the stream is known to fail, at once.
   * @param afterMs how long it may wait for a stream that is not
   */
  spoolAt(afterMs: number, lingerMs: number): number {
    if (this.spooling.length > 0 || this.misplacedIn) return Number.POSITIVE_INFINITY;
    const oldest = this.flyingFromMemory ?? this.#waiting;
    if (!oldest) return Number.POSITIVE_INFINITY;
    const failing = this.backlog.length > 0 && this.attempt > 0;
    return oldest.openedAt + (failing ? lingerMs : afterMs);
  }

  /** Takes all that is in memory for the disk, what is in flight included. */
  startSpooling(): readonly Slab[] {
    const flying = this.flyingFromMemory && !this.misplacedIn ? [this.flyingFromMemory] : [];
    this.spooling = [...flying, ...this.drain()];
    return this.spooling;
  }

  /** It did not get there: it waits in memory again, in its place. */
  stopSpooling(): void {
    this.#queue.unshift(...this.spooling.filter((slab) => slab !== this.inFlight && !slab.storedWhileSpooling));
    this.spooling = [];
  }

  /** Whether the first of the backlog has to be read before anything can be sent. */
  get wantsReplay(): boolean {
    return this.backlog.length > 0 && !this.inFlight && !this.#replay && !this.loading;
  }

  /** The first of the backlog is in memory. */
  setReplay(slab: Slab): void {
    this.#replay = slab;
  }

  /** Takes it out of memory again. */
  dropReplay(): Slab | undefined {
    const slab = this.#replay;
    this.#replay = undefined;
    return slab;
  }
}
