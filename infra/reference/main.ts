/**
 * `npm run docs`: generates docs/configuration.md, docs/errors.md, docs/metrics.md, the schema of site files and the
 * runbook's alarms from code.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { SCHEMA_FILE, siteFileSchema } from '@swipegate/commands/site/file/site-file';
import { runWithoutOptions } from '../without-options.js';
import { withAlarms } from './alarm-steps.js';
import { configurationPage } from './configuration-page.js';
import { errorsPage } from './errors-page.js';
import { metricsPage } from './metrics-page.js';

const RUNBOOK = 'docs/runbook.md';

const HELP = `npm run docs

Generates docs/configuration.md, docs/errors.md, docs/metrics.md, ${SCHEMA_FILE}
and the alarms of ${RUNBOOK} from the code. It has no options.
`;

await runWithoutOptions('docs', HELP, async () => {
  const pages: [file: string, text: string][] = [
    ['docs/configuration.md', configurationPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/metrics.md', metricsPage()],
    [SCHEMA_FILE, siteFileSchema()],
    [RUNBOOK, withAlarms(await readFile(RUNBOOK, 'utf8'))],
  ];
  for (const [file, text] of pages) {
    await writeFile(file, text);
    process.stdout.write(`${file} is up to date.\n`);
  }
});
