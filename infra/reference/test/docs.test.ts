import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCHEMA_FILE, siteFileSchema } from '@swipegate/commands/site/file/site-file';
import { DECIDE_METRICS, DRAIN_METRICS, ERROR_AREAS, GATEWAY_METRICS, PROBLEMS } from '@swipegate/contract';
import t from 'tap';
import { parseDocument } from 'yaml';
import { ALARMS } from '../../dashboard/dashboard.js';
import { withAlarms } from '../alarm-steps.js';
import { errorsPage } from '../errors-page.js';
import { metricsPage } from '../metrics-page.js';

const RUNBOOK = readFileSync('docs/runbook.md', 'utf8');

t.test('docs/metrics.md matches the code (to update it: npm run docs)', async (t) => {
  t.equal(readFileSync('docs/metrics.md', 'utf8'), metricsPage());
});

t.test('the schema of site files matches the code (to update it: npm run docs)', async (t) => {
  t.equal(readFileSync(SCHEMA_FILE, 'utf8'), siteFileSchema());
});

t.test('it lists every metric', async (t) => {
  const page = metricsPage();
  for (const { prometheus, meaning, whenBad } of Object.values(GATEWAY_METRICS)) {
    t.ok(page.includes(`\n| \`${prometheus}\` | `), prometheus);
    t.ok(page.includes(meaning) && page.includes(whenBad), `${prometheus}: its meaning`);
  }
  for (const name of Object.keys({ ...DECIDE_METRICS, ...DRAIN_METRICS }))
    t.ok(page.includes(`\n| \`${name}\` | `), name);
  const cells = page.match(/^\| `swipegate_.*$/gm)?.map((row) => row.replaceAll('\\|', '').split(' | ').length) ?? [];
  t.strictSame(new Set(cells), new Set([7, 2]));
});

t.test('docs/errors.md matches the code (to update it: npm run docs)', async (t) => {
  t.equal(readFileSync('docs/errors.md', 'utf8'), errorsPage());
});

t.test('it lists every code with its meaning and remedy', async (t) => {
  const page = errorsPage();
  for (const [code, { status, title, remedy }] of Object.entries(PROBLEMS)) {
    t.ok(page.includes(`\n| \`${code}\` | ${status} | ${title} | ${remedy} |\n`), code);
  }
  for (const [code, [when, remedy]] of ERROR_AREAS.flatMap(({ codes }) => Object.entries(codes))) {
    t.ok(page.includes(`\n| \`${code}\` | ${when} | ${remedy} |\n`), code);
  }
});

t.test('the alarms in docs/runbook.md match the code (to update them: npm run docs)', async (t) => {
  t.equal(withAlarms(RUNBOOK), RUNBOOK);
  for (const { id, title, steps } of ALARMS) {
    t.ok(RUNBOOK.includes(`### ${title}\n\n\`${id}\``), title);
    for (const step of steps) t.ok(RUNBOOK.includes(step), step);
  }
});

t.test('commands with a JSON payload are for AWS CLI 2, which expects base64 otherwise', async (t) => {
  const commands = RUNBOOK.match(/aws lambda invoke [^`]*/g) ?? [];
  t.ok(commands.length > 0);
  for (const command of commands) {
    t.match(command, /--cli-binary-format raw-in-base64-out/);
    t.match(command, /--cli-read-timeout 0/, 'the function may run longer than the CLI waits by itself');
  }
});

t.test('each synthesis of a deployment that exists keeps its deletion protection', async (t) => {
  const steps = RUNBOOK.match(/^\d\. .*npm run synth.*\n( {3}.*\n)*/gm) ?? [];
  t.ok(steps.length >= 3);
  for (const step of steps)
    t.match(step, /settings of the last\s+deployment, `SWIPEGATE_DELETION_PROTECTION=yes` among them/);
});

t.test('every runbook section that a step names exists', async (t) => {
  const headings = new Set(Array.from(RUNBOOK.matchAll(/^#{2,3} (.*)$/gm), ([, heading]) => heading));
  const named = ALARMS.flatMap(({ steps }) => steps).flatMap((step) =>
    Array.from(step.matchAll(/\(([A-Z][^)]*[a-z][^)]*)\)/g), ([, heading]) => heading),
  );
  t.ok(named.length >= 3);
  for (const heading of named) t.ok(headings.has(heading), heading ?? '');
});

t.test('every file, link and heading that a page names exists', async (t) => {
  const listed = [
    '.',
    'docs',
    'docs/decisions',
    'docs/readers',
    'benchmarks',
    'packages/kinesis-producer-lite',
  ].flatMap((folder) => readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? join(folder, name) : [])));
  const slugs = (page: string) =>
    new Set(
      Array.from(page.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
  const pages = new Map(listed.map((path) => [path, readFileSync(path, 'utf8')]));
  for (const [path, page] of pages) {
    const files = page.matchAll(
      /\b(?:packages|gateway|infra|lambdas|simulator|benchmarks|docs)\/[\w./-]+\.(?:ts|md)\b/g,
    );
    for (const [file] of files) t.ok(/NAME|\/dist\//.test(file) || existsSync(file), `${path}: ${file}`);
    for (const [, target = ''] of page.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', heading] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      t.ok(existsSync(linked), `${path}: ${target}`);
      const titles = slugs(pages.get(linked) ?? '');
      if (heading !== undefined) t.ok(titles.has(heading), `${path}: ${target}`);
    }
  }
});

t.test('examples for devices are valid YAML and JSON', async (t) => {
  const folder = 'docs/readers';
  const blocks = readdirSync(folder).flatMap((name) =>
    Array.from(readFileSync(join(folder, name), 'utf8').matchAll(/^```(yaml|json)\n([\s\S]*?)^```$/gm), (found) => ({
      ...{ name, language: found[1], text: found[2] ?? '' },
    })),
  );
  t.ok(blocks.length >= 3);
  for (const { name, language, text } of blocks) {
    // ESPHome and Home Assistant have tags of their own, such as !lambda.
    if (language === 'yaml') t.same(parseDocument(text, { logLevel: 'error' }).errors, [], name);
    else t.doesNotThrow(() => JSON.parse(text), name);
  }
});

t.test('a runbook without the alarm markers is an error', async (t) => {
  t.throws(() => withAlarms('# Runbook\n'), { code: 'MARKER_MISSING', message: /<!-- alarms/ });
});
