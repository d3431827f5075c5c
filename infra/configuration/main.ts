/** `npm run docs`: docs/configuration.md, from the schemas that check the variables. */
import { writeFile } from 'node:fs/promises';
import { configurationPage } from './configuration-page.js';

const PAGE = 'docs/configuration.md';

await writeFile(PAGE, configurationPage());
process.stdout.write(`${PAGE} is as the schemas are.\n`);
