import { ProducerError } from '../api/errors.js';
import { dataBytesOf, type KeySlot, loneRecordBytes } from '../format/aggregate.js';
import { Acknowledgement, Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/** Slabs that wait in memory, oldest first. The last one may be open: it still takes records. */
export class SlabQueue {
  readonly #pool: SlabPool;
  readonly #maxRecordBytes: number;
  readonly #onOpen: (slab: Slab) => void;
  readonly #sealed: Slab[] = [];
  #open: Slab | undefined;
  #usualBytes = 0;

  /** @param onOpen called when a slab is opened, before its first record is written to it */
  constructor(pool: SlabPool, maxRecordBytes: number, onOpen: (slab: Slab) => void) {
    this.#pool = pool;
    this.#maxRecordBytes = maxRecordBytes;
    this.#onOpen = onOpen;
  }

  /** @throws {ProducerError} RECORD_TOO_LARGE, BUFFER_FULL; nothing is changed then */
  write(slot: KeySlot, data: Uint8Array | string, now: () => number, hashKey?: string): Acknowledgement {
    if (this.#open?.append(slot, data, hashKey)) return this.#open.acknowledgement;
    const slab = this.#roomFor(slot, dataBytesOf(data), now, hashKey);
    slab.append(slot, data, hashKey);
    return slab.acknowledgement;
  }

  #roomFor(slot: KeySlot, dataBytes: number, now: () => number, hashKey: string | undefined): Slab {
    const slab = this.#open;
    const size = slab?.sizeWith(slot, dataBytes, hashKey) ?? Number.POSITIVE_INFINITY;
    if (slab === undefined || size > this.#maxRecordBytes)
      return this.#openFor(loneRecordBytes(slot, dataBytes, hashKey), now);
    this.#pool.release(slab.moveTo(this.#pool.take(size)));
    return slab;
  }

  #openFor(least: number, now: () => number): Slab {
    if (least > this.#maxRecordBytes) {
      const detail = `The record takes ${least} bytes; at most ${this.#maxRecordBytes} are allowed.`;
      throw new ProducerError('RECORD_TOO_LARGE', detail);
    }
    const slab = new Slab(this.#pool.take(least, this.#usualBytes), now(), new Acknowledgement());
    this.seal();
    this.#open = slab;
    this.#onOpen(slab);
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
