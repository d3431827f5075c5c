import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** More than any demo needs. Beyond it the oldest are dropped, so a flood of requests cannot fill the memory. */
const MOST = 10_000;

/** Stores values for a limited time under random names. Knowing the name is enough to get the value. */
export class ExpiringMap<Value extends object> {
  readonly #values: LRUCache<string, Value>;

  /** @param now clock, ms since the epoch */
  constructor({ ttlMs, now }: { ttlMs: number; now: () => number }) {
    this.#values = new LRUCache({ max: MOST, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  }

  /**
   * @param ttlMs overrides the default time to live
   * @returns the name: 256 random bits in base64url
   */
  add(value: Value, ttlMs?: number): string {
    const name = randomBytes(32).toString('base64url');
    this.#values.set(name, value, ttlMs === undefined ? {} : { ttl: ttlMs });
    return name;
  }

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  delete(name: string): void {
    this.#values.delete(name);
  }
}
