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
