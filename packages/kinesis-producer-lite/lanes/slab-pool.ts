import { ProducerError } from '../api/errors.js';

const SMALLEST = 4096;

/**
 * Allocates the buffers of all slabs and bounds their sum. Buffers are shared with the workers, not transferred. When a
 * worker dies during a call, the slab still exists, and is sent again in its place. Sizes double from 4 KiB to
 * `largest`, so that a stream with a thousand nearly idle shards takes about 4 MiB.
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
    this.check(size);
    return this.#hand(size);
  }

  /** Ignores the limit: for records accepted earlier that only move to another buffer. */
  takeRegardless(bytes: number): SharedArrayBuffer {
    return this.#hand(this.#sizeFor(bytes));
  }

  /** @throws {ProducerError} BUFFER_FULL if there is no room for so many bytes */
  check(bytes: number): void {
    if (this.#heldBytes + bytes <= this.#limit) return;
    const detail = `Unacknowledged records already take ${this.#heldBytes} of ${this.#limit} bytes.`;
    throw new ProducerError('BUFFER_FULL', detail);
  }

  /** Counts memory outside the buffers. */
  reserve(bytes: number): void {
    this.#heldBytes += bytes;
  }

  unreserve(bytes: number): void {
    this.#heldBytes -= bytes;
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

/** Pool of idle buffers by size. Bounded: buffers above the limit are left to the garbage collector. */
export class FreeBuffers<Memory extends ArrayBufferLike> {
  readonly #most: number;
  readonly #bySize = new Map<number, Memory[]>();
  #bytes = 0;

  /** @param most limit of the sum of all idle buffers, in bytes */
  constructor(most: number) {
    this.#most = most;
  }

  take(size: number): Memory | undefined {
    const buffer = this.#bySize.get(size)?.pop();
    if (buffer !== undefined) this.#bytes -= size;
    return buffer;
  }

  keep(buffer: Memory): void {
    const { byteLength } = buffer;
    if (this.#bytes + byteLength > this.#most) return;
    this.#bytes += byteLength;
    const list = this.#bySize.get(byteLength);
    if (list) list.push(buffer);
    else this.#bySize.set(byteLength, [buffer]);
  }
}

/** The smallest size of `smallest`, doubled any number of times, that holds `bytes` bytes. */
export function sizeFor(bytes: number, smallest: number): number {
  let size = smallest;
  while (size < bytes) size *= 2;
  return size;
}
