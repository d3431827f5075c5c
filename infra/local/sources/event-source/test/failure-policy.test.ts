import fc from 'fast-check';
import t from 'tap';
import { afterInvocation, lowestFailure, pauseBeforeRetry, type Range } from '../failures.js';

const rules = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true };
const whole = { ...rules, bisectBatchOnFunctionError: false };

t.test('consequences of an invocation', async (t) => {
  const batch = (records: string, failures = 0) => ({ records: Array.from(records), failures });
  const after = (range: Range<string>, failedAt: number | undefined, by = rules) => {
    const { done, retry, discard } = afterInvocation(range, failedAt, by);
    return [done, retry.map(({ records, failures }) => `${records.join('')}:${failures}`).join(' '), discard.join('')];
  };
  t.same(after(batch('abcd'), undefined), [4, '', ''], 'all done');
  t.same(after(batch('abcd'), 2), [2, 'cd:0', ''], 'from the lowest failed record on');
  t.same(after(batch('abcd'), 0), [0, 'ab:0 cd:0', ''], 'cut in two');
  t.same(after(batch('abc'), 0), [0, 'ab:0 c:0', '']);
  t.same(after(batch('a'), 0), [0, 'a:1', ''], 'single record: retried');
  t.same(after(batch('a', 1), 0), [0, 'a:2', '']);
  t.same(after(batch('a', 2), 0), [0, '', 'a'], 'attempts used up');
  t.same(after(batch('abc'), 0, whole), [0, 'abc:1', '']);
  t.same(after(batch('abc', 2), 0, whole), [0, '', 'abc']);
  t.same(after(batch('abc', 2), 1, whole), [1, 'bc:0', ''], 'progress resets the attempts');
});

t.test('lowest failure in an answer', async (t) => {
  const failed = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
  const numbers = ['10', '20', '30'];
  for (const [answer, lowest] of [
    [undefined, undefined],
    [null, undefined],
    [{}, undefined],
    [{ batchItemFailures: null }, undefined],
    [failed(), undefined],
    [failed('30', '20'), 1],
    [failed('20', 'unknown'), 0],
    [failed(''), 0],
    [failed(null), 0],
    [{ batchItemFailures: [null] }, 0],
    [{ batchItemFailures: 'x' }, 0],
    ['ok', 0],
  ] as const) {
    t.equal(lowestFailure(numbers, answer), lowest, JSON.stringify(answer));
  }
});

t.test('every record is processed or given up, in order; only bad ones are given up', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('good', 'bad', 'flaky'), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      (kinds, reports, maximumRetryAttempts) => {
        const records = kinds.map((kind, i) => ({ kind, i, tries: 0 }));
        const done: number[] = [];
        const discarded: number[] = [];
        const queue: Range<(typeof records)[number]>[] = [{ records, failures: 0 }];
        for (let range = queue.shift(); range !== undefined; range = queue.shift()) {
          // The function fails at its first bad record and either reports it or throws.
          const at = range.records.findIndex((record) => {
            record.tries += 1;
            return record.kind === 'bad' || (record.kind === 'flaky' && record.tries <= maximumRetryAttempts);
          });
          const failedAt = at === -1 ? undefined : reports ? at : 0;
          const next = afterInvocation(range, failedAt, { maximumRetryAttempts, bisectBatchOnFunctionError: true });
          done.push(...range.records.slice(0, next.done).map(({ i }) => i));
          discarded.push(...next.discard.map(({ i }) => i));
          queue.unshift(...next.retry);
          if (done.length + discarded.length > records.length) return false;
        }
        const bad = records.filter(({ kind }) => kind === 'bad').map(({ i }) => i);
        const others = records.filter(({ kind }) => kind !== 'bad').map(({ i }) => i);
        return discarded.join() === bad.join() && done.join() === others.join();
      },
    ),
    { numRuns: 500 },
  );
  t.pass('500 runs');
});

t.test('pauses grow up to 10 s and have jitter', async (t) => {
  t.equal(
    pauseBeforeRetry(0, () => 0.5),
    50,
  );
  t.equal(
    pauseBeforeRetry(3, () => 0.5),
    400,
  );
  t.equal(
    pauseBeforeRetry(40, () => 0.5),
    5_000,
  );
  t.equal(
    pauseBeforeRetry(40, () => 0),
    0,
  );
});
