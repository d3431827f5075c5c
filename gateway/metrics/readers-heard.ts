import { tenantKey } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

const WITHIN_MS = 300_000;
/** Limit of readers in memory; the ones heard longest ago are evicted first. */
const MOST = 100_000;

/** Counts the readers with a decision within the last five minutes. */
export class ReadersHeard {
  readonly #at = new LRUCache<string, number>({ max: MOST });

  heard(tenantId: string, readerId: string, nowMs: number): void {
    this.#at.set(tenantKey(tenantId, readerId), nowMs);
  }

  /** Returns the number of readers heard within five minutes before `nowMs` (ms since the epoch). */
  count(nowMs: number): number {
    let count = 0;
    // The cache iterates newest first, so the loop can stop at the first old entry.
    for (const at of this.#at.values()) {
      if (at < nowMs - WITHIN_MS) break;
      count += 1;
    }
    return count;
  }
}
