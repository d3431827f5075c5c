import fc from 'fast-check';
import t from 'tap';
import type { ChangeStatus } from '../../../../gateway/contract/index.js';
import { type ChangeLists, MergedChanges } from '../merged-changes.js';

const NEVER = new AbortController().signal;

/** A change at a second, of some of the lists. */
const drawn = fc.record({ second: fc.nat(500), lists: fc.subarray(['a', 'b', 'c'], { minLength: 1 }) });

/** Lists as the API has them, newest first, in pages; `failures` of its answers are none. */
function stubApi(lists: ReadonlyMap<string, ChangeStatus[]>, pageItems: number, failures: boolean[]): ChangeLists {
  return {
    async get(_path, { query }) {
      if (failures.pop()) throw new Error('does not answer');
      const items = lists.get(String(query['cardId'])) ?? [];
      const from = Number(query['cursor'] ?? 0);
      const next = from + pageItems;
      const page = { items: items.slice(from, next), ...(next < items.length ? { nextCursor: String(next) } : {}) };
      return JSON.parse(JSON.stringify(page));
    },
  };
}

function changeOf(i: number, second: number): ChangeStatus {
  const n = String(i).padStart(12, '0');
  return {
    changeId: `0193a1d2-7c1e-7000-8000-${n}`,
    tenantId: 'acme',
    requestedAt: new Date(second * 1_000).toISOString(),
    by: { userId: 'u', userName: 'hanna' },
    why: 'because',
    content: { type: 'change-card', action: 'lost', cardId: 'c' },
    state: 'applied',
  };
}

t.test('every change of the lists, once, newest first, also where some answers fail', async () => {
  const cases = fc.array(drawn, { maxLength: 90 });
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      async (draws, pageItems, failures) => {
        const changes = draws.map(({ second, lists }, i) => ({ change: changeOf(i, second), lists }));
        const lists = new Map(
          ['a', 'b', 'c'].map((name) => [
            name,
            changes
              .flatMap(({ change, lists }) => (lists.includes(name) ? [change] : []))
              .sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1)),
          ]),
        );
        const merged = new MergedChanges(stubApi(lists, pageItems, failures), [
          { cardId: 'a' },
          { cardId: 'b' },
          { cardId: 'c' },
        ]);
        const given: ChangeStatus[] = [];
        for (let hasMore = true; hasMore; ) {
          const page = await merged.next(NEVER).catch(() => undefined);
          if (page === undefined) continue;
          given.push(...page.items);
          hasMore = page.nextCursor !== undefined;
        }
        const ids = given.map(({ changeId }) => changeId);
        const times = given.map(({ requestedAt }) => requestedAt);
        return (
          ids.length === changes.length &&
          new Set(ids).size === ids.length &&
          times.every((time, i) => i === 0 || time <= (times[i - 1] ?? ''))
        );
      },
    ),
  );
});
