import { type Decision, tenantKey } from '../contract/index.js';

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

/**
 * Where decisions from the tail meet those who wait for them: requests with `Prefer: wait`, and readers' event streams.
 * Bounded by its callers' connections: it keeps no decision.
 */
export class DecisionHub {
  readonly #waiting = new Map<string, Set<Listener>>();
  readonly #readers = new Map<string, Set<Listener>>();

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
    for (const listener of this.#waiting.get(key) ?? []) listener(decision);
    for (const listener of this.#readers.get(tenantKey(decision.tenantId, decision.readerId)) ?? []) listener(decision);
  }

  publishAll(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.publish(decision);
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
        removeListener(this.#waiting, key, listener);
        resolve(arrived);
      };
      addListener(this.#waiting, key, listener);
    });
    return { decision, cancel: () => finish(undefined) };
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
