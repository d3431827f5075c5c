/** Reads that several requests share: all telephones of a roll call ask for the same every few seconds. */
export class SharedReads<Value> {
  readonly #maxAgeMs: number;
  readonly #most: number;
  readonly #reads = new Map<string, { atMs: number; value: Promise<Value> }>();

  /**
   * @param maxAgeMs how long a read is shared, ms; Infinity for what never changes
   * @param most entries that are kept. Beyond it, all are read again
   */
  constructor(maxAgeMs: number, most: number) {
    this.#maxAgeMs = maxAgeMs;
    this.#most = most;
  }

  /** @param nowMs ms since the epoch. A read that failed is not shared: the next request tries again */
  of(key: string, nowMs: number, read: () => Promise<Value>): Promise<Value> {
    const shared = this.#reads.get(key);
    if (shared !== undefined && Math.abs(nowMs - shared.atMs) < this.#maxAgeMs) return shared.value;
    if (this.#reads.size >= this.#most) this.#reads.clear();
    const entry = { atMs: nowMs, value: read() };
    this.#reads.set(key, entry);
    entry.value.catch(() => {
      if (this.#reads.get(key) === entry) this.#reads.delete(key);
    });
    return entry.value;
  }
}
