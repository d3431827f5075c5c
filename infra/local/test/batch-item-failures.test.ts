import fc from 'fast-check';
import t from 'tap';
import { failedItems } from '../sources/batch-item-failures.js';

const BATCH = ['a', 'b', 'c'];
const ALL = new Set(BATCH);
const failing = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

t.test('failed messages in an answer', async (t) => {
  const table: [answer: unknown, failed: ReadonlySet<string>][] = [
    [undefined, new Set()],
    [null, new Set()],
    [{}, new Set()],
    [{ batchItemFailures: null }, new Set()],
    [failing(), new Set()],
    [failing('b'), new Set(['b'])],
    [failing('b', 'b'), new Set(['b'])],
    [failing('c', 'a', 'b'), ALL],
    [failing('d'), ALL],
    [failing('a', 'd'), ALL],
    [failing(''), ALL],
    [failing(null), ALL],
    [failing(1), ALL],
    [{ batchItemFailures: [{}] }, ALL],
    [{ batchItemFailures: ['a'] }, ALL],
    [{ batchItemFailures: [null] }, ALL],
    [{ batchItemFailures: 'a' }, ALL],
    [{ batchItemFailures: {} }, ALL],
    ['done', ALL],
    [true, ALL],
  ];
  for (const [answer, failed] of table) t.same(failedItems(BATCH, answer), failed, JSON.stringify(answer));
});

t.test('an answer with an invalid id fails all messages', async () => {
  const someIds = fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(
      someIds,
      fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.anything()), { maxLength: 5 }),
      (ids, reported) => {
        const failed = failedItems(ids, failing(...reported));
        const isClear = reported.every((id) => typeof id === 'string' && ids.includes(id));
        return isClear
          ? failed.size === new Set(reported).size && reported.every((id) => failed.has(String(id)))
          : ids.every((id) => failed.has(id));
      },
    ),
  );
  fc.assert(
    fc.property(someIds, fc.anything(), (ids, answer) => {
      const failed = failedItems(ids, answer);
      return Array.from(failed).every((id) => ids.includes(id));
    }),
  );
});
