import fc from 'fast-check';
import t from 'tap';
import { decisionOfRow, decisionRow } from '../../../gateway/contract/index.js';
import { anyDecision } from '../../../gateway/contract/test/any-decision.js';
import { decisionJson, jsonOnce } from '../decision-json.js';

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

t.test('is made once', async (t) => {
  const [made] = fc.sample(anyDecision, { numRuns: 1, seed: 1 });
  if (made === undefined) return;
  const json = jsonOnce();
  const first = json(made);
  made.tenantId = 'changed';
  t.equal(json(made), first);
});
