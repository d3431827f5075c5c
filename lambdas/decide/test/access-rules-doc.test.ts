import { readFile } from 'node:fs/promises';
import t from 'tap';
import { ACCESS_EVENTS } from '../../../gateway/contract/index.js';

t.test('docs/access-rules.md has every reason of the contract, in its order and words', async (t) => {
  const text = await readFile(new URL('../../../../docs/access-rules.md', import.meta.url), 'utf8');
  const rows = Array.from(text.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+) \|$/gm), ([, code, said]) => [code, said]);
  t.same(rows, Object.entries(ACCESS_EVENTS));
});
