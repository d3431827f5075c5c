import { setTimeout as delay } from 'node:timers/promises';
import type { Decision, Swipe } from '@swipegate/contract';
import type { AcceptedSwipe } from './accepted-swipe.js';
import { fingerprint } from './fingerprint.js';
import { Judge } from './judge.js';
import type { Ledger } from './ledger.js';
import type { PastAnswer } from './oracle.js';

/** Result of checking the accepted swipes. Each fault counts swipes. */
export interface Reconciliation {
  accepted: number;
  decided: number;
  granted: Record<string, number>;
  denied: Record<string, number>;
  /** Recorded afterwards: the reader had decided offline, or the swipe reached the stream late. */
  recorded: Record<string, number>;
  /** Accepted with a 2xx but never decided. */
  lost: number;
  /** Two different decisions reached the reader. */
  duplicated: number;
  /** The decision differs from the oracle's. */
  wrong: number;
  /** The reader received a different decision from the one in the table. */
  changed: number;
  /** Decided before a swipe of the same card that had been accepted earlier. */
  reordered: number;
  /** Swipes whose correct decision is unknown. */
  unjudged: number;
  examples: string[];
}

interface ReconcileOptions {
  readDecisions(swipes: readonly Swipe[]): Promise<Map<string, Decision>>;
  /** Whether a swipe's correct decision is unknown, because the back office changed data it depends on. Default: never. */
  isUnjudged?(swipe: Swipe): boolean;
  /** Last answers before the run by cardId. Default: none. */
  answersBefore?: ReadonlyMap<string, PastAnswer>;
  /** How long to wait for missing decisions, ms. */
  patienceMs: number;
}

const POLL_MS = 200;
/** Limit per fault, so that a frequent one does not hide the others. */
const EXAMPLES_OF_EACH = 5;

/** Checks every accepted swipe against the decisions table, the oracle, and the decision that reached its reader. */
export async function reconcile(ledger: Ledger, options: ReconcileOptions): Promise<Reconciliation> {
  const result: Reconciliation = {
    accepted: 0,
    decided: 0,
    granted: {},
    denied: {},
    recorded: {},
    lost: 0,
    duplicated: 0,
    wrong: 0,
    changed: 0,
    reordered: 0,
    unjudged: 0,
    examples: [],
  };
  const fault = (name: 'lost' | 'wrong' | 'changed' | 'reordered', { swipe }: AcceptedSwipe, more = ''): void => {
    result[name] += 1;
    if (result[name] > EXAMPLES_OF_EACH) return;
    result.examples.push(`${name}: swipe ${swipe.swipeId} of ${swipe.cardId} at ${swipe.readerId}${more}`);
  };
  const judge = new Judge(options.answersBefore);
  const lastSequence = new Map<string, string>();
  const deadlineMs = performance.now() + options.patienceMs;
  for await (const page of ledger.pages()) {
    const decisions = await decisionsOf(page, options, deadlineMs);
    for (const accepted of page) {
      const { swipe, delivered } = accepted;
      const decision = decisions.get(swipe.swipeId);
      result.accepted += 1;
      if (decision === undefined) {
        fault('lost', accepted);
        continue;
      }
      result.decided += 1;
      const reasons = result[decision.outcome];
      reasons[decision.reason] = (reasons[decision.reason] ?? 0) + 1;
      const error = judge.errorOf(accepted, decision);
      if (options.isUnjudged?.(swipe) === true) result.unjudged += 1;
      else if (error !== undefined) fault('wrong', accepted, `: ${error}`);
      if (delivered !== undefined && delivered.fingerprint !== fingerprint(decision)) {
        fault('changed', accepted, `: the reader received ${delivered.reason}, the table has ${decision.reason}`);
      }
      // By the decision's card: a reader with a card format may have made another one of the id.
      const before = lastSequence.get(decision.cardId);
      if (before !== undefined && before >= decision.sequence) fault('reordered', accepted);
      lastSequence.set(decision.cardId, decision.sequence);
    }
  }
  result.duplicated = ledger.duplicated;
  for (const swipeId of ledger.duplicatedExamples.slice(0, EXAMPLES_OF_EACH)) {
    result.examples.push(`duplicated: swipe ${swipeId} has two different decisions`);
  }
  return result;
}

async function decisionsOf(page: readonly AcceptedSwipe[], { readDecisions }: ReconcileOptions, deadlineMs: number) {
  const found = await readDecisions(page.map(({ swipe }) => swipe));
  for (;;) {
    const left = page.filter(({ swipe }) => !found.has(swipe.swipeId)).map(({ swipe }) => swipe);
    if (left.length === 0 || performance.now() >= deadlineMs) return found;
    await delay(POLL_MS);
    for (const [swipeId, decision] of await readDecisions(left)) found.set(swipeId, decision);
  }
}
