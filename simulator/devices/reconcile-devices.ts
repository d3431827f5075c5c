import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '@swipegate/contract';
import { Judge } from '../verify/judge.js';
import type { Reconciliation } from '../verify/reconcile.js';
import type { Shown } from './shown.js';

interface ReconcileDevicesOptions {
  /** Reads all decisions of the devices' readers since the run began. */
  readDecisions(): Promise<Decision[]>;
  /** How long to wait for missing decisions, ms. */
  patienceMs: number;
}

const POLL_MS = 500;
/** Clocks of the machines of a run may differ this much, ms. */
const MARGIN_MS = 2_000;
const EXAMPLES_OF_EACH = 5;

type Fault = 'lost' | 'duplicated' | 'wrong' | 'changed' | 'reordered';

/**
 * Compares what the devices showed and heard with all decisions of their readers. A device makes no swipeIds, so its
 * swipes are found by reader, card and time: a record that has two decisions is found, and one under another card, too.
 */
export async function reconcileDevices(
  all: readonly Shown[],
  { readDecisions, patienceMs }: ReconcileDevicesOptions,
): Promise<Reconciliation> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const found = match(all, await readDecisions());
    const isComplete = all.every((shown) => shown.takenAtMs === undefined || found.decisions.has(shown));
    if (isComplete || performance.now() >= deadlineMs) return judged(all, found);
    await delay(POLL_MS);
  }
}

interface Matched {
  decisions: ReadonlyMap<Shown, Decision>;
  /** Decisions that no record stands for. */
  others: readonly Decision[];
}

function match(all: readonly Shown[], decisions: readonly Decision[]): Matched {
  const left = new Map<string, Decision[]>();
  for (const decision of decisions.toSorted((a, b) => (a.readAt < b.readAt ? -1 : 1))) {
    const name = placeOf(decision);
    left.set(name, [...(left.get(name) ?? []), decision]);
  }
  const found = new Map<Shown, Decision>();
  const take = (shown: Shown, isIts: (decision: Decision) => boolean): void => {
    const candidates = left.get(placeOf(shown.entry.swipe)) ?? [];
    const at = candidates.findIndex(isIts);
    const [decision] = at === -1 ? [] : candidates.splice(at, 1);
    if (decision !== undefined) found.set(shown, decision);
  };
  // Those of the devices' own times first: the others have a span of time, in which one of these may lie.
  for (const shown of all) {
    const readMs = Date.parse(shown.entry.swipe.readAt);
    if (!shown.isTimedByGateway) take(shown, ({ readAt }) => Date.parse(readAt) === readMs);
  }
  for (const shown of all) {
    const { isTimedByGateway, sentAtMs, takenAtMs = Date.now() } = shown;
    // The question of a fast clock keeps its time, but the record of it counts as now.
    const isSo = isTimedByGateway || (shown.course === 'asks' && !hasHeard(shown));
    if (!isSo || sentAtMs === undefined || found.has(shown)) continue;
    take(shown, ({ readAt }) => {
      const readMs = Date.parse(readAt);
      return readMs >= sentAtMs - MARGIN_MS && readMs <= takenAtMs + MARGIN_MS;
    });
  }
  return { decisions: found, others: Array.from(left.values()).flat() };
}

function placeOf({ readerId, cardId }: Pick<Decision, 'readerId' | 'cardId'>): string {
  return `${readerId} ${cardId}`;
}

function judged(all: readonly Shown[], { decisions, others }: Matched): Reconciliation {
  const faults = { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 };
  const outcomes: Pick<Reconciliation, 'granted' | 'denied' | 'recorded'> = { granted: {}, denied: {}, recorded: {} };
  const examples: string[] = [];
  const fault = (
    name: Fault,
    { readerId, cardId, readAt }: Pick<Decision, 'readerId' | 'cardId' | 'readAt'>,
    why = '',
  ) => {
    faults[name] += 1;
    if (faults[name] <= EXAMPLES_OF_EACH)
      examples.push(`${name}: ${cardId} at ${readerId}, ${readAt}${why && `: ${why}`}`);
  };
  const localIds = new Map(Array.from(decisions, ([{ entry }, { swipeId }]) => [swipeId, entry.swipe.swipeId]));
  const judge = new Judge();
  const lastSequence = new Map<string, string>();
  let [accepted, unjudged] = [0, 0];
  for (const shown of all) {
    const { swipe, expected } = shown.entry;
    const decision = decisions.get(shown);
    if (shown.takenAtMs !== undefined) accepted += 1;
    if (decision === undefined) {
      if (shown.takenAtMs !== undefined) fault('lost', swipe);
      continue;
    }
    const { cardId, outcome, reason, readAt, sequence } = decision;
    outcomes[outcome][reason] = (outcomes[outcome][reason] ?? 0) + 1;
    const told = wrongAnswer(shown, decision);
    if (told !== undefined) fault('changed', decision, told);
    // Without a decision in time, the device's own record of it counts as well.
    if (shown.course === 'asks' && !hasHeard(shown)) unjudged += 1;
    else {
      const { repeatOf, ...rest } = decision;
      const repeats = repeatOf === undefined ? {} : { repeatOf: localIds.get(repeatOf) ?? repeatOf };
      const due = shown.isTimedByGateway ? { ...swipe, readAt } : swipe;
      const error = judge.errorOf({ swipe: due, expected }, { ...rest, ...repeats, swipeId: swipe.swipeId });
      if (error !== undefined) fault('wrong', decision, error);
    }
    const before = lastSequence.get(cardId);
    if (before !== undefined && before >= sequence) fault('reordered', decision);
    lastSequence.set(cardId, sequence);
  }
  for (const decision of others) fault('duplicated', decision, 'no record of the device stands for this decision');
  return { accepted, decided: decisions.size, ...outcomes, ...faults, unjudged, examples };
}

function hasHeard({ heard }: Shown): boolean {
  return heard === 'granted' || heard === 'denied';
}

/** Describes an answer that differs from the decision in the table; undefined if they agree. */
function wrongAnswer(
  { course, heard, isHeardOtherwise }: Shown,
  { outcome, direction, reason }: Decision,
): string | undefined {
  if (isHeardOtherwise) return 'the device heard both granted and denied';
  if (course === 'logs first' && heard === 'granted') return 'the door opened after the device had given up';
  if (course !== 'asks') return undefined;
  if (heard === 'undecided' && outcome === 'granted' && direction === 'in')
    return 'the person counts as inside, and the door stayed shut';
  if ((heard !== 'granted' && heard !== 'denied') || heard === outcome) return undefined;
  return `the device heard ${heard}, the table has ${outcome} (${reason})`;
}
