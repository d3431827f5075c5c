import { FreeBuffers, sizeFor } from '../lanes/free-buffers.js';

const SMALLEST = 16_384;
/** Room for a few full-size calls. After an outage there may be more idle buffers than will be needed again. */
const MOST_IDLE = 16 * 1024 * 1024;

/**
 * Pool of request bodies, reused after successful calls: allocating megabytes per call would keep the garbage collector
 * busy.
 */
export class BodyMemory {
  readonly #free = new FreeBuffers<ArrayBuffer>(MOST_IDLE);

  /** @returns exactly `bytes` bytes of uninitialized memory */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes, SMALLEST);
    return Buffer.from(this.#free.take(size) ?? new ArrayBuffer(size), 0, bytes);
  }

  /**
   * Returns a buffer from {@link take}. Only call it when nothing uses the buffer: an abandoned socket may still be
   * sending it.
   */
  giveBack({ buffer }: Buffer): void {
    if (buffer instanceof ArrayBuffer) this.#free.keep(buffer);
  }
}
