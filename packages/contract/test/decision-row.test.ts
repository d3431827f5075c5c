import fc from 'fast-check';
import t from 'tap';
import { decisionOfRow, decisionRow } from '../index.js';
import { anyDecision } from './any-decision.js';

function reversed(json: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json)).toReversed()));
}

t.test('a row restores its decision; only a key holds the cardholder', async (t) => {
  fc.assert(
    fc.property(anyDecision, (made) => {
      const row = decisionRow(made, 4_000_000_000);
      t.strictSame(decisionOfRow(row), made);
      const text = JSON.stringify(decisionOfRow(row));
      t.equal(
        JSON.stringify(decisionOfRow({ ...row, decision: reversed(row.decision) })),
        text,
        'member order does not matter',
      );
      t.strictSame(decisionRow(made, 4_000_000_000), row, 'deterministic');
      const { employeeKey: _, ...forgotten } = row;
      const { employeeId: __, ...anonymous } = made;
      t.strictSame(decisionOfRow(forgotten), anonymous);
    }),
    { numRuns: 300 },
  );
});

t.test('an invalid row gives no decision', async (t) => {
  const [made] = fc.sample(anyDecision, { numRuns: 1, seed: 1 });
  if (made === undefined) return;
  const row = decisionRow(made, 4_000_000_000);
  for (const bent of [
    {},
    { ...row, swipeKey: 7 },
    { ...row, readerKey: undefined },
    { ...row, decidedKey: 'some day' },
    { ...row, decision: undefined },
    { ...row, decision: 'null' },
    { ...row, decision: '{"outcome":"granted"}' },
    { ...row, decision: '[' },
  ]) {
    t.equal(decisionOfRow(bent), undefined, JSON.stringify(bent));
  }
});
