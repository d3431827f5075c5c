import { readFile } from 'node:fs/promises';
import { ACCESS_EVENTS } from '@swipegate/contract';
import t from 'tap';

t.test('docs/access-rules.md lists every reason of the contract, in the same order and words', async (t) => {
  const text = await readFile(new URL('../../../../docs/access-rules.md', import.meta.url), 'utf8');
  const rows = Array.from(text.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+) \|$/gm), ([, code, said]) => [code, said]);
  t.same(rows, Object.entries(ACCESS_EVENTS));
});
