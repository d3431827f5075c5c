import { FreeBuffers, sizeFor } from '../lanes/free-buffers.js';

const SMALLEST = 16_384;
/** Some calls' worth at full size: after an outage there may have been more at once than are needed again. */
const MOST_IDLE = 16 * 1024 * 1024;

/**
 * Memory for the bodies of calls, used again once a call has ended well: megabytes taken anew for each call would keep the
 * garbage collector marking.
 */
export class BodyMemory {
  readonly #free = new FreeBuffers<ArrayBuffer>(MOST_IDLE);

  /** @returns exactly so many bytes, with anything in them */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes, SMALLEST);
    return Buffer.from(this.#free.take(size) ?? new ArrayBuffer(size), 0, bytes);
  }

  /** What {@link take} gave is needed no more, by nobody: a socket that was given up may still be sending it. */
  giveBack({ buffer }: Buffer): void {
    if (buffer instanceof ArrayBuffer) this.#free.keep(buffer);
  }
}
