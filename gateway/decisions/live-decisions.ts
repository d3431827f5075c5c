import { type Decision, decidedKey } from '@swipegate/contract';

/** A page that reconnects gets at most this many decisions of its tenant. */
const KEPT = 500;
/** Tenants that are watched, or were lately: 100,000 decisions take some 60 MB. */
const MOST_TENANTS = 200;
/** How long the decisions of a tenant are kept after its last watcher has left, ms. */
const KEPT_MS = 600_000;

interface Feed {
  /** By swipe and card, oldest first. A retried batch repeats its decisions. */
  kept: Map<string, Decision>;
  watchers: Set<(decision: Decision) => void>;
  leftAtMs: number;
  /** Number of decisions to keep. */
  most: number;
}

export interface Watch {
  /** Decisions after the one that the watcher knows, oldest first. */
  earlier: Decision[];
  /** Whether others may lie between. */
  missed: boolean;
  stop(): void;
}

/** The decisions of tenants whose operators watch, as they are made. A tenant that nobody watches costs nothing. */
export class LiveDecisions {
  readonly #feeds = new Map<string, Feed>();

  note(decisions: readonly Decision[]): void {
    if (this.#feeds.size === 0) return;
    for (const decision of decisions) {
      const feed = this.#feeds.get(decision.tenantId);
      if (feed !== undefined) pass(feed, decision);
    }
  }

  /**
   * Calls `watcher` with each decision of a tenant from now on.
   * @param afterKey decidedKey of the last decision that the watcher knows; undefined: none
   */
  watch(tenantId: string, afterKey: string | undefined, watcher: (decision: Decision) => void): Watch {
    const feed = this.#feeds.get(tenantId) ?? this.#newFeed(tenantId);
    feed.watchers.add(watcher);
    const kept = Array.from(feed.kept.values());
    const known = kept.findLastIndex((decision) => decidedKey(decision) === afterKey);
    return {
      earlier: afterKey === undefined ? [] : kept.slice(known + 1),
      missed: afterKey !== undefined && known === -1,
      stop: () => {
        feed.watchers.delete(watcher);
        feed.leftAtMs = performance.now();
      },
    };
  }

  #newFeed(tenantId: string): Feed {
    const now = performance.now();
    for (const [tenant, { watchers, leftAtMs }] of this.#feeds) {
      const isOver = watchers.size === 0 && (now - leftAtMs > KEPT_MS || this.#feeds.size >= MOST_TENANTS);
      if (isOver) this.#feeds.delete(tenant);
    }
    // Too many are watched: a page of another one misses decisions when it reconnects.
    const most = this.#feeds.size < MOST_TENANTS ? KEPT : 0;
    const feed: Feed = { kept: new Map(), watchers: new Set(), leftAtMs: now, most };
    this.#feeds.set(tenantId, feed);
    return feed;
  }
}

function pass({ kept, watchers, most }: Feed, decision: Decision): void {
  const key = `${decision.swipeId}/${decision.cardId}`;
  if (kept.has(key)) return;
  kept.set(key, decision);
  if (kept.size > most) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  for (const watcher of watchers) watcher(decision);
}
