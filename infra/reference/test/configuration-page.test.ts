import { readFileSync } from 'node:fs';
import { unexplainedRules } from '@swipegate/contract/test/unexplained-rules';
import { ConfigSchema } from '@swipegate/gateway/config/config';
import { AdminSchema } from '@swipegate/lambdas/admin/environment';
import { ChangeApplySchema } from '@swipegate/lambdas/change-apply/environment';
import { ChangeImportSchema } from '@swipegate/lambdas/change-import/environment';
import { ChangeStoreSchema } from '@swipegate/lambdas/change-store/environment';
import { DecideSchema } from '@swipegate/lambdas/decide/environment';
import { OccupancySchema } from '@swipegate/lambdas/occupancy/environment';
import { RedriveSchema } from '@swipegate/lambdas/redrive/environment';
import t from 'tap';
import Type from 'typebox';
import { SettingsSchema } from '../../aws/constructs/settings.js';
import { configurationPage, variablesOf } from '../configuration-page.js';

t.test('docs/configuration.md matches the schemas (to update it: npm run docs)', async (t) => {
  t.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage());
});

t.test('it lists every variable', async (t) => {
  const page = configurationPage();
  for (const { properties } of [
    ...[ConfigSchema, DecideSchema, OccupancySchema, RedriveSchema, SettingsSchema],
    ...[AdminSchema, ChangeStoreSchema, ChangeApplySchema, ChangeImportSchema],
  ]) {
    for (const name of Object.keys(properties)) t.ok(page.includes(`\n| \`${name}\` | `), name);
    t.same(unexplainedRules(properties), [], 'each rule says what is allowed');
  }
  const rows = page.match(/^\| `.*$/gm) ?? [];
  for (const row of rows) t.equal(row.replaceAll('\\|', '').split(' | ').length, 4, row);
});

t.test('default, allowed values and meaning come from the schema', async (t) => {
  const { properties } = Type.Object({
    SPEED: Type.Integer({ default: 5, minimum: 1, maximum: 9, description: 'how fast' }),
    MODE: Type.Enum(['a', 'b'], { default: 'b', description: 'this | that' }),
    NAME: Type.Optional(Type.String({ pattern: '^(x|y)', maxLength: 8, description: 'whose' })),
    PLACE: Type.String({ default: 'here', minLength: 1, description: 'where' }),
  });
  t.same(variablesOf(properties), [
    { name: '`SPEED`', default: '`5`', allowed: '`1` to `9`', meaning: 'how fast' },
    { name: '`MODE`', default: '`b`', allowed: '`a`, `b`', meaning: 'this \\| that' },
    { name: '`NAME`', default: 'none', allowed: '`^(x\\|y)`, at most 8 characters', meaning: 'whose' },
    { name: '`PLACE`', default: '`here`', allowed: 'text', meaning: 'where' },
  ]);
});

t.test('the error names a variable without a description', async (t) => {
  t.throws(() => variablesOf(Type.Object({ QUIET: Type.String() }).properties), {
    code: 'VARIABLE_UNDESCRIBED',
    message: /^QUIET has no description/,
  });
});
