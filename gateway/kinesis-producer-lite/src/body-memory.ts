const SMALLEST = 16_384;

/**
 * Memory for the bodies of calls, used again once a call has ended well: megabytes taken anew for each call would keep the
 * garbage collector marking. Of each size there are as many as there were calls at once.
 */
export class BodyMemory {
  readonly #spare = new Map<number, ArrayBuffer[]>();

  /** @returns exactly so many bytes, with anything in them */
  take(bytes: number): Buffer {
    let size = SMALLEST;
    while (size < bytes) size *= 2;
    return Buffer.from(this.#spare.get(size)?.pop() ?? new ArrayBuffer(size), 0, bytes);
  }

  /** What {@link take} gave is needed no more, by nobody: a socket that was given up may still be sending it. */
  giveBack({ buffer }: Buffer): void {
    if (!(buffer instanceof ArrayBuffer)) return;
    const spare = this.#spare.get(buffer.byteLength);
    if (spare === undefined) this.#spare.set(buffer.byteLength, [buffer]);
    else spare.push(buffer);
  }
}
