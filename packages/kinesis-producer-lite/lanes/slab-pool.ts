import { ProducerError } from '../api/errors.js';
import { FreeBuffers, sizeFor } from './free-buffers.js';

const SMALLEST = 4096;

/**
 * Allocates the buffers of all slabs and bounds their sum.
 *
 * Buffers are shared with the workers, not transferred: when a worker dies during a call, the slab still exists and is
 * sent again in its place.
 *
 * Sizes double from 4 KiB to `largest`, so that a stream with a thousand nearly idle shards takes about 4 MiB.
 */
export class SlabPool {
  readonly #largest: number;
  readonly #limit: number;
  readonly #free: FreeBuffers<SharedArrayBuffer>;
  #heldBytes = 0;

  constructor(largest: number, limit: number) {
    this.#largest = largest;
    this.#limit = limit;
    // Do not keep all the buffers that an outage needed.
    this.#free = new FreeBuffers(limit / 8);
  }

  /** Bytes of all buffers in use. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * A buffer of at least `bytes`, or of `wished` if the limit leaves room for it.
   * @throws {ProducerError} BUFFER_FULL
   */
  take(bytes: number, wished = bytes): SharedArrayBuffer {
    const generous = this.#sizeFor(Math.max(bytes, wished));
    const size = this.#heldBytes + generous <= this.#limit ? generous : this.#sizeFor(bytes);
    if (this.#heldBytes + size > this.#limit) {
      throw new ProducerError(
        'BUFFER_FULL',
        `Unacknowledged records already take ${this.#heldBytes} of ${this.#limit} bytes.`,
      );
    }
    return this.#hand(size);
  }

  /** Ignores the limit: for records accepted earlier that only move to another buffer. */
  takeRegardless(bytes: number): SharedArrayBuffer {
    return this.#hand(this.#sizeFor(bytes));
  }

  release(buffer: ArrayBufferLike): void {
    this.#heldBytes -= buffer.byteLength;
    if (buffer instanceof SharedArrayBuffer) this.#free.keep(buffer);
  }

  #hand(size: number): SharedArrayBuffer {
    this.#heldBytes += size;
    return this.#free.take(size) ?? new SharedArrayBuffer(size);
  }

  #sizeFor(bytes: number): number {
    return Math.min(sizeFor(bytes, SMALLEST), this.#largest);
  }
}
