/** Set of small integers, one bit each: ten million take up to 2 MB. */
export class BitSet {
  #words = new Uint32Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(n: number): boolean {
    return (((this.#words[n >>> 5] ?? 0) >>> (n & 31)) & 1) === 1;
  }

  add(n: number): void {
    if (this.has(n)) return;
    const at = n >>> 5;
    if (at >= this.#words.length) {
      const grown = new Uint32Array(Math.max(at + 1, 2 * this.#words.length));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[at] = (this.#words[at] ?? 0) | (1 << (n & 31));
    this.#size += 1;
  }
}
