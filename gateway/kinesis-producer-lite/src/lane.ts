import { Acknowledgement, type PutReceipt } from './acknowledgement.js';
import { type KeySlot, loneRecordBytes } from './aggregate.js';
import { ProducerError } from './errors.js';
import type { Shard } from './shard-map.js';
import { Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/**
 * All that waits for one shard, oldest first:
 *
 *     in flight (at most one)  <-  queue: [to be sent again] sealed sealed ...  <-  open  <-  put
 *
 * One record in flight is what keeps the order: PutRecords promises none among the records of a call, nor among calls.
 */
export class Lane {
  readonly shard: Shard;
  inFlight: Slab | undefined;
  /** Set when another shard than this one took the slab in flight. */
  misplacedIn: PutReceipt | undefined;
  /** Failures in a row. */
  attempt = 0;
  lastFailure: string | undefined;
  readonly #pool: SlabPool;
  readonly #largest: number;
  readonly #onOpen: (slab: Slab) => void;
  readonly #queue: Slab[] = [];
  #open: Slab | undefined;
  #notBefore = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #usualBytes = 0;

  constructor(shard: Shard, pool: SlabPool, largest: number, onOpen: (slab: Slab) => void) {
    this.shard = shard;
    this.#pool = pool;
    this.#largest = largest;
    this.#onOpen = onOpen;
  }

  /**
   * Encodes a user record behind all others of this lane.
   * @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed then
   */
  write(key: string, slot: KeySlot, data: Uint8Array | string, now: () => number): Acknowledgement {
    const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    let slab = this.#open;
    const size = slab ? slab.sizeWith(key, slot, dataBytes) : Number.POSITIVE_INFINITY;
    if (!slab || size > this.#largest) slab = this.#openFor(key, dataBytes, now);
    else if (size > slab.bytes.length) this.#grow(slab, size);
    slab.append(key, slot, data, dataBytes);
    return slab.acknowledgement;
  }

  #openFor(key: string, dataBytes: number, now: () => number): Slab {
    const least = loneRecordBytes(key, dataBytes);
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

  get head(): Slab | undefined {
    return this.#queue[0] ?? this.#open;
  }

  /** When the oldest unacknowledged record came, or undefined. */
  get oldestAt(): number | undefined {
    return (this.inFlight ?? this.head)?.openedAt;
  }

  /**
   * When the head may be sent, once nothing is in flight; Infinity while nothing waits.
   *
   * A slab that is full, or that gathered behind another, goes at once. So does the first record after a quiet time.
   * Otherwise it waits for the next multiple of the linger: lanes that are busy all wait for the same moment and share
   * one call.
   */
  readyAt(lingerMs: number): number {
    if (this.#queue.length > 0) return this.#notBefore;
    const openedAt = this.#open?.openedAt;
    if (openedAt === undefined) return Number.POSITIVE_INFINITY;
    const quiet = openedAt - this.#sentAt > lingerMs;
    return quiet || lingerMs === 0 ? openedAt : (Math.floor(openedAt / lingerMs) + 1) * lingerMs;
  }

  /** Moves the head into flight. */
  take(now: number): Slab | undefined {
    if (this.#queue.length === 0) this.seal();
    this.inFlight = this.#queue.shift();
    this.#sentAt = now;
    return this.inFlight;
  }

  /** The slab in flight is stored, or given up. Returns it. */
  clear(): Slab | undefined {
    const slab = this.inFlight;
    this.inFlight = undefined;
    this.misplacedIn = undefined;
    this.attempt = 0;
    this.lastFailure = undefined;
    this.#notBefore = 0;
    return slab;
  }

  /** The slab in flight has to be sent again, before anything newer. */
  retry(notBefore: number): void {
    if (this.inFlight) this.#queue.unshift(this.inFlight);
    this.inFlight = undefined;
    this.#notBefore = notBefore;
  }

  /** Takes out the head if it came before `time`. */
  dropHeadBefore(time: number): Slab | undefined {
    const { head } = this;
    if (!head || head.openedAt > time) return undefined;
    this.seal();
    return this.#queue.shift();
  }

  /** Takes out everything that waits, oldest first; not what is in flight. */
  drain(): Slab[] {
    this.seal();
    return this.#queue.splice(0);
  }
}
