/** Buffers that lie idle, by size, for whoever needs one of that size again. What lies idle is bounded: the rest is let go. */
export class FreeBuffers<Memory extends ArrayBufferLike> {
  readonly #most: number;
  readonly #bySize = new Map<number, Memory[]>();
  #bytes = 0;

  /** @param most bytes of all that lie idle */
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

/** The least of the sizes, each twice the one before, that holds so many bytes. */
export function sizeFor(bytes: number, smallest: number): number {
  let size = smallest;
  while (size < bytes) size *= 2;
  return size;
}
