import type { Decision } from '@swipegate/contract';
import type { DecisionHub } from './decision-hub.js';
import { overlapping } from './event-id.js';
import type { ReaderHistory } from './reader-history.js';

export interface ReaderFeedOptions {
  hub: DecisionHub;
  history: ReaderHistory;
  tenantId: string;
  readerId: string;
  /** Begins with what was decided since this sort key ({@link resumeFrom}). Undefined begins with now. */
  fromKey: string | undefined;
  onDecision(decision: Decision): void;
  /** Told when decisions since then are left out: there were too many, or they could not be read. */
  onMissed(missed: Missed): void;
  /** How far the index by reader may be behind the table, ms. Default 3,000. */
  indexLagMs?: number;
  /** ms since the epoch. */
  now?: () => number;
}

export interface Missed {
  /** `decidedAt` from which decisions may be missing; they end with the next decision of the feed. */
  since: string;
  /** Why they could not be read; undefined when there were too many. */
  error?: unknown;
}

/** Decisions that are read back for one connection, at most: some 600 KB. */
export const MAX_RESUMED = 1_000;

/**
 * A reader's decisions, each once: first those from the table, then those of the tail, which wait until then. Some may
 * have been seen before `fromKey` was handed out; none is left out unless `onMissed` is told.
 *
 * @returns ends it
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
    // Rather out of order than without a bound, while the table does not answer.
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
    // What the tail brought just before this began may not have been in the index yet.
    timer = setTimeout(() => void look(overlapping(beganMs)), indexLagMs);
  };
  if (fromKey !== undefined) void resume(fromKey);
  return () => {
    stopped = true;
    clearTimeout(timer);
    unsubscribe();
  };
}

/** What comes twice comes twice within seconds. */
function forgetOldest(seen: Set<string>): void {
  if (seen.size <= 2 * MAX_RESUMED) return;
  const [oldest] = seen;
  if (oldest !== undefined) seen.delete(oldest);
}
