import { ProducerError } from '../api/errors.js';
import { dataBytesOf, type KeySlot, loneRecordBytes } from '../format/aggregate.js';
import type { Acknowledgement } from './acknowledgement.js';
import { Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/** Settings and callbacks of a queue. */
export interface QueueOptions {
  pool: SlabPool;
  maxRecordBytes: number;
  /**
   * Whether each record has an acknowledgement of its own, as each is sent as a Kinesis record of its own. If it changes,
   * open slabs must be sealed.
   */
  readonly apart: boolean;
  /** Makes an acknowledgement: one for each slab or, `apart`, for each record, which takes {@link APART_BYTES} of the pool. */
  accept(): Acknowledgement;
}

/** Memory of a record's own acknowledgement, in bytes: promise, functions that settle it, entries in sets. */
export const APART_BYTES = 512;

/** Most records `apart` in a slab: as many as a PutRecords call takes. */
const MOST_APART = 500;

/** Slabs that wait in memory, oldest first. The last one may be open: it still takes records. */
export class SlabQueue {
  readonly #options: QueueOptions;
  readonly #sealed: Slab[] = [];
  #open: Slab | undefined;
  #usualBytes = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed then */
  write(slot: KeySlot, data: Uint8Array | string, now: () => number, hashKey?: string): Acknowledgement {
    if (this.#options.apart) this.#makeRoomApart();
    let slab = this.#open;
    if (!slab?.append(slot, data, hashKey)) {
      slab = this.#roomFor(slot, dataBytesOf(data), now, hashKey);
      slab.append(slot, data, hashKey);
    }
    if (slab.shared) return slab.shared;
    const acknowledgement = this.#options.accept();
    slab.own.push(acknowledgement);
    return acknowledgement;
  }

  /** @throws {ProducerError} BUFFER_FULL */
  #makeRoomApart(): void {
    this.#options.pool.check(APART_BYTES);
    if ((this.#open?.records ?? 0) >= MOST_APART) this.seal();
  }

  #roomFor(slot: KeySlot, dataBytes: number, now: () => number, hashKey: string | undefined): Slab {
    const slab = this.#open;
    const size = slab?.sizeWith(slot, dataBytes, hashKey) ?? Number.POSITIVE_INFINITY;
    if (slab === undefined || size > this.#options.maxRecordBytes)
      return this.#openFor(loneRecordBytes(slot, dataBytes, hashKey), now);
    const { pool } = this.#options;
    pool.release(slab.moveTo(pool.take(size)));
    return slab;
  }

  #openFor(least: number, now: () => number): Slab {
    const { pool, maxRecordBytes, apart, accept } = this.#options;
    if (least > maxRecordBytes) {
      const detail = `The record takes ${least} bytes; at most ${maxRecordBytes} are allowed.`;
      throw new ProducerError('RECORD_TOO_LARGE', detail);
    }
    const slab = new Slab(pool.take(least, this.#usualBytes), now(), apart ? undefined : accept());
    this.seal();
    this.#open = slab;
    return slab;
  }

  seal(): void {
    if (!this.#open) return;
    this.#usualBytes = this.#open.bytes.length;
    this.#sealed.push(this.#open);
    this.#open = undefined;
  }

  get oldest(): Slab | undefined {
    return this.#sealed[0] ?? this.#open;
  }

  get isOpen(): boolean {
    return this.#sealed.length === 0 && this.#open !== undefined;
  }

  shift(): Slab | undefined {
    if (this.#sealed.length === 0) this.seal();
    return this.#sealed.shift();
  }

  drain(): Slab[] {
    this.seal();
    return this.#sealed.splice(0);
  }

  unshift(...slabs: Slab[]): void {
    this.#sealed.unshift(...slabs);
  }

  /** Adds a sealed slab before the open one. */
  push(slab: Slab): void {
    this.#sealed.push(slab);
  }
}
