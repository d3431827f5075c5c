import type { Decision } from '@swipegate/contract';
import t, { type Test } from 'tap';
import { decisionFor, swipe } from '../../test/test-app.js';
import { DecisionFallback } from '../decision-fallback.js';
import { type AwaitedDecision, DecisionHub } from '../decision-hub.js';

/** Starts a fallback without delays, on a simulated table. */
function fallback(t: Test, table: Map<string, Decision>) {
  const hub = new DecisionHub();
  const state = { behind: true, fails: false };
  const reads: string[][] = [];
  const warnings: unknown[] = [];
  let notify = (): void => undefined;
  const running = new DecisionFallback({
    hub,
    isTailBehind: () => state.behind,
    readDecisions: async (awaited: readonly AwaitedDecision[]) => {
      reads.push(awaited.map(({ swipeId }) => swipeId));
      notify();
      if (state.fails) throw new Error('table away');
      return awaited.flatMap(({ swipeId }) => table.get(swipeId) ?? []);
    },
    logger: { warn: (context: unknown) => void warnings.push(context) },
    afterMs: 0,
    everyMs: 1,
  });
  t.teardown(() => running.stop());
  /** Resolves at the next read. */
  const read = () =>
    new Promise<void>((resolve) => {
      notify = resolve;
    });
  return { hub, state, reads, warnings, read };
}

t.test('one read serves all waiting requests; those with a decision are answered', async (t) => {
  const decisions = Array.from({ length: 3 }, () => decisionFor(swipe()));
  const { hub, reads } = fallback(t, new Map(decisions.map((decision) => [decision.swipeId, decision])));
  const unknown = hub.wait(decisionFor(swipe()), 10_000);
  const answers = await Promise.all(decisions.map((decision) => hub.wait(decision, 10_000).decision));
  t.same(answers, decisions);
  t.equal(reads[0]?.length, 4, 'in one read');
  unknown.cancel();
  t.equal(hub.waitingRequests, 0);
});

t.test('reads rotate through more decisions than one read can hold', async (t) => {
  const decisions = Array.from({ length: 250 }, () => decisionFor(swipe()));
  const { hub, reads, read } = fallback(t, new Map());
  const waiting = decisions.map((decision) => hub.wait(decision, 10_000));
  while (reads.length < 3) await read();
  t.ok(reads.every(({ length }) => length === 100));
  t.equal(new Set(reads.slice(0, 3).flat()).size, 250);
  for (const wait of waiting) wait.cancel();
});

t.test('nothing is read while the tail keeps up or no request has waited long', async (t) => {
  const { hub, state, reads, read } = fallback(t, new Map());
  state.behind = false;
  const decision = decisionFor(swipe());
  const waiting = hub.wait(decision, 20);
  t.equal(await waiting.decision, undefined, 'twenty rounds passed');
  t.same(reads, []);
  t.same(hub.overdue(1_000, 10), []);
  const young = hub.wait(decision, 10_000);
  t.same(hub.overdue(1_000, 10), [], 'has not waited long enough');
  state.behind = true;
  await read();
  t.same(reads[0], [decision.swipeId]);
  young.cancel();
});

t.test('a failing table is logged once and retried', async (t) => {
  const decision = decisionFor(swipe());
  const { hub, state, warnings, reads, read } = fallback(t, new Map([[decision.swipeId, decision]]));
  state.fails = true;
  const waiting = hub.wait(decision, 10_000);
  while (reads.length < 3) await read();
  t.equal(warnings.length, 1);
  state.fails = false;
  t.same(await waiting.decision, decision);
});
