import type { Decision } from '@swipegate/contract';
import type { DecisionHub } from './decision-hub.js';
import type { ReaderHistory } from './decision-table.js';

export interface ReaderFeedOptions {
  hub: DecisionHub;
  history: ReaderHistory;
  tenantId: string;
  readerId: string;
  /** Sort key to resume from ({@link resumeFrom}); undefined starts now. */
  fromKey: string | undefined;
  onDecision(decision: Decision): void;
  /** Called when there are too many decisions or they cannot be read. */
  onMissed(missed: Missed): void;
  /** Assumed lag of the index by reader behind the table, ms. Default 3,000. */
  indexLagMs?: number;
  /** Current time, ms since the epoch. Default Date.now. */
  now?: () => number;
}

export interface Missed {
  /** `decidedAt` from which decisions may be missing, up to the next decision of the feed. */
  since: string;
  /** Error of the read; undefined when there were too many. */
  error?: unknown;
}

/** Limit of replayed decisions per connection: about 600 KB. */
export const MAX_RESUMED = 1_000;

/** Tolerated clock difference between the decide functions, ms; it can change the order of their decisions. */
const OVERLAP_MS = 5_000;

const EVENT_ID = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)#./;

/** Returns the sort key to resume from, {@link OVERLAP_MS} before the event; undefined if it is not a decidedKey. */
export function resumeFrom(lastEventId: string, nowMs: number): string | undefined {
  const decidedAtMs = Date.parse(EVENT_ID.exec(lastEventId)?.[1] ?? '');
  return Number.isNaN(decidedAtMs) ? undefined : overlapping(Math.min(decidedAtMs, nowMs));
}

function overlapping(atMs: number): string {
  return new Date(Math.max(0, atMs - OVERLAP_MS)).toISOString();
}

/**
 * Delivers a reader's decisions, each once: first from the table, then from the tail, held back until then. The client
 * may know some of the first ones. @returns a function that stops the feed
 */
export function followReader(options: ReaderFeedOptions): () => void {
  const { hub, history, tenantId, readerId, fromKey, onDecision, onMissed, indexLagMs = 3_000 } = options;
  const beganMs = (options.now ?? Date.now)();
  const seen = new Set<string>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let held: Decision[] | undefined = fromKey === undefined ? undefined : [];

  const deliver = (decision: Decision): void => {
    const key = `${decision.swipeId}/${decision.cardId}`;
    if (stopped || seen.has(key)) return;
    seen.add(key);
    forgetOldest(seen);
    onDecision(decision);
  };
  const release = (): void => {
    for (const decision of held ?? []) deliver(decision);
    held = undefined;
  };
  const unsubscribe = hub.subscribe(tenantId, readerId, (decision) => {
    if (held === undefined) return deliver(decision);
    held.push(decision);
    // While the table does not answer, delivering out of order is better than holding without a bound.
    if (held.length >= MAX_RESUMED) release();
  });
  const look = async (from: string): Promise<void> => {
    try {
      const { decisions, more } = await history(tenantId, readerId, from, MAX_RESUMED);
      if (stopped) return;
      if (more) onMissed({ since: from });
      for (const decision of decisions) deliver(decision);
    } catch (error) {
      if (!stopped) onMissed({ since: from, error });
    }
  };
  const resume = async (from: string): Promise<void> => {
    await look(from);
    release();
    if (stopped) return;
    // Decisions that the tail delivered just before the start may not have been in the index yet, so read it once more.
    timer = setTimeout(() => void look(overlapping(beganMs)), indexLagMs);
  };
  if (fromKey !== undefined) void resume(fromKey);
  return () => {
    stopped = true;
    clearTimeout(timer);
    unsubscribe();
  };
}

/** Duplicates arrive within seconds of each other, so old entries can go. */
function forgetOldest(seen: Set<string>): void {
  if (seen.size <= 2 * MAX_RESUMED) return;
  const [oldest] = seen;
  if (oldest !== undefined) seen.delete(oldest);
}
