import { type Decision, tenantKey } from '@swipegate/contract';

type Listener = (decision: Decision) => void;

export interface AwaitedDecision {
  tenantId: string;
  swipeId: string;
  cardId: string;
}

export interface Waiting {
  /** The decision, or undefined after a timeout or cancel. Never rejects. */
  decision: Promise<Decision | undefined>;
  cancel(): void;
}

interface Wait {
  awaited: AwaitedDecision;
  sinceMs: number;
  listeners: Set<Listener>;
}

/** Passes decisions to waiting requests and readers' event streams. Stores none: only connections use its memory. */
export class DecisionHub {
  /** By {@link decisionKey}. {@link overdue} moves the entries that it returns to the end. */
  readonly #waiting = new Map<string, Wait>();
  readonly #readers = new Map<string, Set<Listener>>();
  readonly #followers = new Set<(decisions: readonly Decision[]) => void>();

  /** Number of decisions that requests wait for. */
  get waitingRequests(): number {
    return this.#waiting.size;
  }

  get listeningReaders(): number {
    return this.#readers.size;
  }

  /** May be called more than once for the same decision. */
  publish(decision: Decision): void {
    const key = decisionKey(decision);
    for (const listener of this.#waiting.get(key)?.listeners ?? []) listener(decision);
    for (const listener of this.#readers.get(tenantKey(decision.tenantId, decision.readerId)) ?? []) listener(decision);
  }

  publishAll(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.publish(decision);
    for (const follower of this.#followers) follower(decisions);
  }

  /** Calls `follower` with the decisions of every tenant. */
  follow(follower: (decisions: readonly Decision[]) => void): void {
    this.#followers.add(follower);
  }

  /** Waits up to `timeoutMs` for a decision published from now on. */
  wait(awaited: AwaitedDecision, timeoutMs: number): Waiting {
    const key = decisionKey(awaited);
    let finish: (decision: Decision | undefined) => void = () => {};
    const decision = new Promise<Decision | undefined>((resolve) => {
      const listener: Listener = (arrived) => finish(arrived);
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      finish = (arrived) => {
        clearTimeout(timer);
        const wait = this.#waiting.get(key);
        if (wait?.listeners.delete(listener) && wait.listeners.size === 0) this.#waiting.delete(key);
        resolve(arrived);
      };
      const wait = this.#waiting.get(key) ?? { awaited, sinceMs: performance.now(), listeners: new Set() };
      wait.listeners.add(listener);
      this.#waiting.set(key, wait);
    });
    return { decision, cancel: () => finish(undefined) };
  }

  /** Returns up to `limit` decisions awaited for at least `afterMs`. Repeated calls rotate through all. */
  overdue(afterMs: number, limit: number): AwaitedDecision[] {
    const sinceMs = performance.now() - afterMs;
    const found: [string, Wait][] = [];
    for (const entry of this.#waiting) {
      if (found.length === limit) break;
      if (entry[1].sinceMs <= sinceMs) found.push(entry);
    }
    for (const [key, wait] of found) {
      this.#waiting.delete(key);
      this.#waiting.set(key, wait);
    }
    return found.map(([, { awaited }]) => awaited);
  }

  /** Calls `listener` with each decision of a reader until the returned function is called. */
  subscribe(tenantId: string, readerId: string, listener: Listener): () => void {
    const key = tenantKey(tenantId, readerId);
    const listeners = this.#readers.get(key) ?? new Set();
    this.#readers.set(key, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#readers.delete(key);
    };
  }
}

function decisionKey({ tenantId, swipeId, cardId }: AwaitedDecision): string {
  return `${tenantId}/${swipeId}/${cardId}`;
}
