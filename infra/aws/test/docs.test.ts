import { readFileSync } from 'node:fs';
import t from 'tap';
import { SETTING_NAMES } from '../settings.js';

t.test('docs/aws.md names every setting', async (t) => {
  const docs = readFileSync('docs/aws.md', 'utf8');
  for (const name of SETTING_NAMES) t.ok(docs.includes(`\`${name}\``), name);
});
