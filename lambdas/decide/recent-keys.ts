import { LRUCache } from 'lru-cache';

/** Remembers the keys that were added last. */
export class RecentKeys {
  readonly #keys: LRUCache<string, true>;

  constructor(max: number) {
    this.#keys = new LRUCache({ max });
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.set(key, true);
  }
}
