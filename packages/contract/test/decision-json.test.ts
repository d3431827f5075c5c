import fc from 'fast-check';
import t from 'tap';
import { decisionJson, decisionOfRow, decisionRow } from '../index.js';
import { anyDecision } from './any-decision.js';

t.test('a new decision and the same one read from its row serialize to the same bytes', async (t) => {
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
