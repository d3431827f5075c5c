import type { Decision, Swipe } from '../../gateway/contract/index.js';
import type { Expectation } from './oracle.js';

/** One swipe, from the card being shown to the decision being known. Times are ms of performance.now(). */
export interface LedgerEntry {
  readonly swipe: Swipe;
  readonly expected: Expectation;
  /** When it was due. */
  readonly dueMs: number;
  /** When its bytes first went out; NaN before. */
  sentMs: number;
  /** When a 2xx came; undefined before. */
  acceptedMs: number | undefined;
  /** First decision that reached the reader. */
  delivered: Decision | undefined;
}

/** What is known of all swipes. */
export class Ledger {
  /** In the order in which they were sent: for one card, the order in which they must be decided. */
  readonly entries: LedgerEntry[] = [];
  readonly #bySwipeId = new Map<string, LedgerEntry>();
  readonly #undelivered = new Set<LedgerEntry>();
  /** swipeIds for which two decisions came that are not the same. */
  readonly duplicated = new Set<string>();
  accepted = 0;
  decided = 0;

  sent(swipe: Swipe, expected: Expectation, dueMs: number): LedgerEntry {
    const entry: LedgerEntry = {
      swipe,
      expected,
      dueMs,
      sentMs: Number.NaN,
      acceptedMs: undefined,
      delivered: undefined,
    };
    this.entries.push(entry);
    this.#bySwipeId.set(swipe.swipeId, entry);
    return entry;
  }

  /** A 2xx came: from now on the swipe must not get lost. */
  accept(entry: LedgerEntry, nowMs: number): void {
    if (entry.acceptedMs !== undefined) return;
    entry.acceptedMs = nowMs;
    this.accepted += 1;
    if (entry.delivered === undefined) this.#undelivered.add(entry);
  }

  /**
   * A decision reached a reader. The same one may come again; another one for the same swipe may not.
   * @returns the entry, when this was its first decision
   */
  deliver(decision: Decision): LedgerEntry | undefined {
    const entry = this.#bySwipeId.get(decision.swipeId);
    // Readers are shared with people who swipe by hand.
    if (entry === undefined) return undefined;
    if (entry.delivered !== undefined) {
      if (!sameDecision(entry.delivered, decision)) this.duplicated.add(decision.swipeId);
      return undefined;
    }
    entry.delivered = decision;
    this.decided += 1;
    this.#undelivered.delete(entry);
    return entry;
  }

  /** Accepted, decision not delivered yet. */
  get undelivered(): number {
    return this.#undelivered.size;
  }

  /** Accepted before `beforeMs`, and still without a decision. */
  overdue(beforeMs: number): number {
    let count = 0;
    // In order of acceptance, so the first that is not overdue ends it.
    for (const { acceptedMs = 0 } of this.#undelivered) {
      if (acceptedMs >= beforeMs) break;
      count += 1;
    }
    return count;
  }
}

/** Whether two decisions say the same in every member. */
export function sameDecision(a: Decision, b: Decision): boolean {
  const members = new Map<string, unknown>(Object.entries(a));
  const others = Object.entries(b);
  return members.size === others.length && others.every(([name, value]) => members.get(name) === value);
}
