import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Beyond this the oldest values are dropped, so a flood of requests cannot fill the memory. */
const MOST = 10_000;

/** Stores values for a limited time under random names, which are the only secret. */
export class ExpiringMap<Value extends object> {
  readonly #values: LRUCache<string, Value>;

  /** @param now clock, ms since the epoch */
  constructor({ ttlMs, now }: { ttlMs: number; now: () => number }) {
    this.#values = new LRUCache({ max: MOST, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  }

  /** Returns the name: 256 random bits in base64url. @param ttlMs overrides the default time to live */
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
