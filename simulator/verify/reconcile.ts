import { setTimeout as delay } from 'node:timers/promises';
import type { Decision, Swipe } from '../../gateway/contract/index.js';
import { Judge } from './judge.js';
import { type Ledger, type LedgerEntry, sameDecision } from './ledger.js';

/** What became of the accepted swipes. Each fault counts swipes. */
export interface Reconciliation {
  accepted: number;
  decided: number;
  granted: Record<string, number>;
  denied: Record<string, number>;
  /** History: the reader had acted by itself, or the swipe reached the stream late. */
  recorded: Record<string, number>;
  /** Accepted with a 2xx, and no decision. */
  lost: number;
  /** Two decisions that differ reached a reader. */
  duplicated: number;
  /** Not what the oracle demands. */
  wrong: number;
  /** The reader was told something else than the table says. */
  changed: number;
  /** Decided before a swipe of the same card that had been accepted earlier. */
  reordered: number;
  /** Some of the faults in words, with their swipeIds. */
  examples: string[];
}

export interface ReconcileOptions {
  /** Decisions that the table has, by swipeId. */
  readDecisions(swipes: readonly Swipe[]): Promise<Map<string, Decision>>;
  /** How long decisions may still come, ms. */
  patienceMs: number;
  onProgress?(checked: number, total: number): void;
}

const PAGE = 2_000;
const POLL_MS = 200;
const MAX_EXAMPLES = 20;

/** Holds every accepted swipe against the decisions table, the oracle, and what its reader was told. */
export async function reconcile(ledger: Ledger, options: ReconcileOptions): Promise<Reconciliation> {
  const accepted = ledger.entries.filter(({ acceptedMs }) => acceptedMs !== undefined);
  const result: Reconciliation = {
    accepted: accepted.length,
    decided: 0,
    granted: {},
    denied: {},
    recorded: {},
    lost: 0,
    duplicated: ledger.duplicated.size,
    wrong: 0,
    changed: 0,
    reordered: 0,
    examples: [],
  };
  const example = (fault: string, { swipe }: LedgerEntry, more = ''): void => {
    if (result.examples.length >= MAX_EXAMPLES) return;
    result.examples.push(`${fault}: swipe ${swipe.swipeId} of ${swipe.cardId} at ${swipe.readerId}${more}`);
  };
  const judge = new Judge();
  const lastSequence = new Map<string, string>();
  const deadlineMs = performance.now() + options.patienceMs;
  for (let at = 0; at < accepted.length; at += PAGE) {
    const page = accepted.slice(at, at + PAGE);
    const decisions = await decisionsOf(page, options, deadlineMs);
    for (const entry of page) {
      const decision = decisions.get(entry.swipe.swipeId);
      if (decision === undefined) {
        result.lost += 1;
        example('lost', entry);
        continue;
      }
      result.decided += 1;
      const reasons = result[decision.outcome];
      reasons[decision.reason] = (reasons[decision.reason] ?? 0) + 1;
      const error = judge.errorOf(entry, decision);
      if (error !== undefined) {
        result.wrong += 1;
        example('wrong', entry, `: ${error}`);
      }
      if (entry.delivered !== undefined && !sameDecision(entry.delivered, decision)) {
        result.changed += 1;
        example('changed', entry, `: told ${entry.delivered.reason}, stored ${decision.reason}`);
      }
      const before = lastSequence.get(entry.swipe.cardId);
      if (before !== undefined && before >= decision.sequence) {
        result.reordered += 1;
        example('reordered', entry);
      }
      lastSequence.set(entry.swipe.cardId, decision.sequence);
    }
    options.onProgress?.(at + page.length, accepted.length);
  }
  for (const swipeId of ledger.duplicated) {
    if (result.examples.length < MAX_EXAMPLES) result.examples.push(`duplicated: swipe ${swipeId}`);
  }
  return result;
}

async function decisionsOf(
  entries: readonly LedgerEntry[],
  { readDecisions }: ReconcileOptions,
  deadlineMs: number,
): Promise<Map<string, Decision>> {
  const found = await readDecisions(entries.map(({ swipe }) => swipe));
  for (;;) {
    const left = entries.filter(({ swipe }) => !found.has(swipe.swipeId)).map(({ swipe }) => swipe);
    if (left.length === 0 || performance.now() >= deadlineMs) return found;
    await delay(POLL_MS);
    for (const [swipeId, decision] of await readDecisions(left)) found.set(swipeId, decision);
  }
}
