/**
 * Remembers at least the `max / 2` keys that were added last, and never more than `max`. A generation is forgotten as a
 * whole: to put the keys in an order of their own would take longer than all else that is done with them.
 */
export class RecentKeys {
  readonly #half: number;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  constructor(max: number) {
    this.#half = Math.ceil(max / 2);
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }
}
