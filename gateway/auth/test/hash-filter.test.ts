import { hashApiKey } from '@swipegate/contract';
import t from 'tap';
import { HashFilter } from '../hash-filter.js';

t.test('the filter has what was added, and hardly anything else', async (t) => {
  const filter = new HashFilter();
  const hash = (i: number) => hashApiKey(`key ${i}`);
  for (let i = 0; i < 20_000; i++) filter.add(hash(i));
  let missing = 0;
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    if (!filter.has(hash(i))) missing += 1;
    if (filter.has(hash(i + 20_000))) wrong += 1;
  }
  t.equal(missing, 0);
  t.ok(wrong <= 1, `${wrong} of 20,000`);
});
