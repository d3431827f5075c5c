import fc from 'fast-check';
import t from 'tap';
import { decisionJson, decisionOfRow, decisionRow } from '../index.js';
import { anyDecision } from './any-decision.js';

t.test('a decision is the same bytes whether it was just made or read from its row', async (t) => {
  fc.assert(
    fc.property(anyDecision, (made) => {
      const read = decisionOfRow(decisionRow(made, 4_000_000_000));
      t.strictSame(JSON.parse(decisionJson(made)), made);
      t.equal(read && decisionJson(read), decisionJson(made));
      t.equal(JSON.stringify(read), decisionJson(made));
    }),
    { numRuns: 300 },
  );
});
