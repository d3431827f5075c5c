import { type Decision, tenantKey } from '@swipegate/contract';

type Listener = (decision: Decision) => void;

/** Which decision a waiting request is about. */
export interface Awaited {
  tenantId: string;
  swipeId: string;
  cardId: string;
}

export interface Waiting {
  /** The decision, or undefined when it did not come in time. Never rejects. */
  decision: Promise<Decision | undefined>;
  cancel(): void;
}

/** Those who wait for one decision. */
interface Wait {
  awaited: Awaited;
  sinceMs: number;
  listeners: Set<Listener>;
}

/**
 * Where decisions from the tail meet those who wait for them: requests with `Prefer: wait`, and readers' event streams.
 * Bounded by its callers' connections: it keeps no decision.
 */
export class DecisionHub {
  /** By {@link decisionKey}; who was asked after by {@link overdue} longest ago stands first. */
  readonly #waiting = new Map<string, Wait>();
  readonly #readers = new Map<string, Set<Listener>>();
  readonly #followers = new Set<(decisions: readonly Decision[]) => void>();

  /** Requests that wait for a decision. */
  get waitingRequests(): number {
    return this.#waiting.size;
  }

  /** Readers with an open event stream. */
  get listeningReaders(): number {
    return this.#readers.size;
  }

  /** Hands a decision to everyone who waits for it. The same decision may come more than once. */
  publish(decision: Decision): void {
    const key = decisionKey(decision);
    for (const listener of this.#waiting.get(key)?.listeners ?? []) listener(decision);
    for (const listener of this.#readers.get(tenantKey(decision.tenantId, decision.readerId)) ?? []) listener(decision);
  }

  publishAll(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.publish(decision);
    for (const follower of this.#followers) follower(decisions);
  }

  /** Calls `follower` with all decisions, of every tenant, as they come. */
  follow(follower: (decisions: readonly Decision[]) => void): void {
    this.#followers.add(follower);
  }

  /** Waits up to `timeoutMs` for a decision that is published from now on. */
  wait(awaited: Awaited, timeoutMs: number): Waiting {
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

  /** Decisions that somebody has waited for since `afterMs` ago or longer, at most `limit`; another time, others. */
  overdue(afterMs: number, limit: number): Awaited[] {
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
    addListener(this.#readers, key, listener);
    return () => removeListener(this.#readers, key, listener);
  }
}

function decisionKey({ tenantId, swipeId, cardId }: Awaited): string {
  return `${tenantId}/${swipeId}/${cardId}`;
}

function addListener(listeners: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const present = listeners.get(key);
  if (present === undefined) listeners.set(key, new Set([listener]));
  else present.add(listener);
}

function removeListener(listeners: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const present = listeners.get(key);
  if (present?.delete(listener) && present.size === 0) listeners.delete(key);
}
