import { ProducerError } from '../api/errors.js';
import { FreeBuffers, sizeFor } from './free-buffers.js';

const SMALLEST = 4096;

/**
 * The buffers of all slabs, and the bound on their sum.
 *
 * Memory is shared with the workers rather than moved to them: a worker that dies in the midst of a call then takes no
 * record with it, and the slab is simply sent again, still in its place in the order.
 *
 * Sizes double from 4 KiB to `largest`, so that a stream of a thousand nearly idle shards holds megabytes, not tens.
 */
export class SlabPool {
  readonly #largest: number;
  readonly #limit: number;
  readonly #free: FreeBuffers<SharedArrayBuffer>;
  #heldBytes = 0;

  constructor(largest: number, limit: number) {
    this.#largest = largest;
    this.#limit = limit;
    // An outage's worth of buffers need not be kept for the next one.
    this.#free = new FreeBuffers(limit / 8);
  }

  /** Bytes of all buffers handed out and not yet released. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * A buffer of at least `bytes`, or of `wished` if the bound leaves room for that.
   * @throws {ProducerError} BUFFER_FULL
   */
  take(bytes: number, wished = bytes): SharedArrayBuffer {
    const generous = this.#sizeFor(Math.max(bytes, wished));
    const size = this.#heldBytes + generous <= this.#limit ? generous : this.#sizeFor(bytes);
    if (this.#heldBytes + size > this.#limit) {
      throw new ProducerError('BUFFER_FULL', `Records of ${this.#heldBytes} bytes wait for Kinesis already.`);
    }
    return this.#hand(size);
  }

  /** The same past the bound, for records that were accepted before and only change their place. */
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
