import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface ExpiringOptions {
  ttlMs: number;
  /** ms since the epoch. */
  now: () => number;
}

/** More than any demo needs. Beyond it the oldest are dropped, so a flood of requests cannot fill the memory. */
const MOST = 10_000;

/** Stores things for a limited time under random names. Knowing the name is enough to get the thing. */
export class Expiring<Thing extends object> {
  readonly #things: LRUCache<string, Thing>;

  constructor({ ttlMs, now }: ExpiringOptions) {
    this.#things = new LRUCache({ max: MOST, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  }

  /**
   * @param ttlMs overrides the default time to live
   * @returns the name: 256 random bits in base64url
   */
  add(thing: Thing, ttlMs?: number): string {
    const name = randomBytes(32).toString('base64url');
    this.#things.set(name, thing, ttlMs === undefined ? {} : { ttl: ttlMs });
    return name;
  }

  get(name: string): Thing | undefined {
    return this.#things.get(name);
  }

  delete(name: string): void {
    this.#things.delete(name);
  }
}
