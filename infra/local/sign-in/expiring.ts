import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface ExpiringOptions {
  ttlMs: number;
  /** ms since the epoch. */
  now: () => number;
}

/** More than any demo has; the oldest give way, so that no flood of requests fills the memory. */
const MOST = 10_000;

/** Things that are kept for a while under a random name, which is all that one needs to have them. */
export class Expiring<Thing extends object> {
  readonly #things: LRUCache<string, Thing>;

  constructor({ ttlMs, now }: ExpiringOptions) {
    this.#things = new LRUCache({ max: MOST, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  }

  /**
   * @param ttlMs where it is to be shorter than others'
   * @returns its name: 256 random bits in base64url
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
