import { anyDecision } from '@swipegate/contract/test/any-decision';
import fc from 'fast-check';
import t from 'tap';
import { jsonOnce } from '../stores/publish.js';

t.test('serializes a decision only once', async (t) => {
  const [made] = fc.sample(anyDecision, { numRuns: 1, seed: 1 });
  if (made === undefined) return;
  const json = jsonOnce();
  const first = json(made);
  made.tenantId = 'changed';
  t.equal(json(made), first);
});
