import type { Decision } from '@swipegate/contract';
import t, { type Test } from 'tap';
import { decisionFor, swipe } from '../../test/parts.js';
import { DecisionFallback } from '../decision-fallback.js';
import { type Awaited, DecisionHub } from '../decision-hub.js';

/** A fallback that reads whenever it may, on a table of the test's. */
function fallback(t: Test, table: Map<string, Decision>) {
  const hub = new DecisionHub();
  const state = { behind: true, fails: false };
  const reads: string[][] = [];
  const warnings: unknown[] = [];
  let told = (): void => undefined;
  const running = new DecisionFallback({
    hub,
    isTailBehind: () => state.behind,
    readDecisions: async (awaited: readonly Awaited[]) => {
      reads.push(awaited.map(({ swipeId }) => swipeId));
      told();
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
      told = resolve;
    });
  return { hub, state, reads, warnings, read };
}

t.test('one read for all who wait; who has the decision is answered', async (t) => {
  const decisions = Array.from({ length: 3 }, () => decisionFor(swipe()));
  const { hub, reads } = fallback(t, new Map(decisions.map((decision) => [decision.swipeId, decision])));
  const unknown = hub.wait(decisionFor(swipe()), 10_000);
  const answers = await Promise.all(decisions.map((decision) => hub.wait(decision, 10_000).decision));
  t.same(answers, decisions);
  t.equal(reads[0]?.length, 4, 'in one read');
  unknown.cancel();
  t.equal(hub.waitingRequests, 0);
});

t.test('more than a read takes are asked after in turn', async (t) => {
  const decisions = Array.from({ length: 250 }, () => decisionFor(swipe()));
  const { hub, reads, read } = fallback(t, new Map());
  const waiting = decisions.map((decision) => hub.wait(decision, 10_000));
  while (reads.length < 3) await read();
  t.ok(reads.every(({ length }) => length === 100));
  t.equal(new Set(reads.slice(0, 3).flat()).size, 250);
  for (const wait of waiting) wait.cancel();
});

t.test('while the tail is well, or nobody has waited long, nothing is read', async (t) => {
  const { hub, state, reads, read } = fallback(t, new Map());
  state.behind = false;
  const decision = decisionFor(swipe());
  const waiting = hub.wait(decision, 20);
  t.equal(await waiting.decision, undefined, 'twenty rounds passed');
  t.same(reads, []);
  t.same(hub.overdue(1_000, 10), []);
  const young = hub.wait(decision, 10_000);
  t.same(hub.overdue(1_000, 10), [], 'has only just come');
  state.behind = true;
  await read();
  t.same(reads[0], [decision.swipeId]);
  young.cancel();
});

t.test('a table that is away too is told once, and tried on', async (t) => {
  const decision = decisionFor(swipe());
  const { hub, state, warnings, reads, read } = fallback(t, new Map([[decision.swipeId, decision]]));
  state.fails = true;
  const waiting = hub.wait(decision, 10_000);
  while (reads.length < 3) await read();
  t.equal(warnings.length, 1);
  state.fails = false;
  t.same(await waiting.decision, decision);
});
