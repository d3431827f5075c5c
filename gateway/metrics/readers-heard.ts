import { tenantKey } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

const WITHIN_MS = 300_000;
/** Those heard longest ago are forgotten first. */
const MOST = 100_000;

/** Which readers decisions came of just now. */
export class ReadersHeard {
  readonly #at = new LRUCache<string, number>({ max: MOST });

  heard(tenantId: string, readerId: string, nowMs: number): void {
    this.#at.set(tenantKey(tenantId, readerId), nowMs);
  }

  /** Readers heard within five minutes before `nowMs`, epoch ms. */
  count(nowMs: number): number {
    let count = 0;
    // Newest first, so it need not go through those of yesterday.
    for (const at of this.#at.values()) {
      if (at < nowMs - WITHIN_MS) break;
      count += 1;
    }
    return count;
  }
}
