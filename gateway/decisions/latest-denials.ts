import { type Decision, MOST_LATEST_DENIALS } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

const MOST_TENANTS = 1_000;

/** The latest denials since the start, in memory. The tables hold all, by card, employee and reader. */
export class LatestDenials {
  readonly #byTenant = new LRUCache<string, Decision[]>({ max: MOST_TENANTS });

  note(decisions: readonly Decision[]): void {
    for (const decision of decisions) if (decision.outcome === 'denied') this.#keep(decision);
  }

  /** Newest first. */
  of(tenantId: string, limit: number): Decision[] {
    return (this.#byTenant.get(tenantId) ?? []).slice(-limit).reverse();
  }

  #keep(decision: Decision): void {
    const kept = this.#byTenant.get(decision.tenantId) ?? [];
    // A retried batch repeats its decisions.
    if (kept.some(({ swipeId, cardId }) => swipeId === decision.swipeId && cardId === decision.cardId)) return;
    kept.push(decision);
    if (kept.length > MOST_LATEST_DENIALS) kept.shift();
    this.#byTenant.set(decision.tenantId, kept);
  }
}
