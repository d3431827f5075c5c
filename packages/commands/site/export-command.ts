import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from '../admin-api/connection.js';
import type { Command } from '../command.js';
import { SCHEMA_FILE } from './file/site-file.js';
import { siteFileText } from './file/write-site-file.js';
import { readMe, readState } from './read-state.js';
import { entriesOf } from './state.js';

const NAME = 'swipegate site export';
/** From packages/commands/dist/site to the root. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

export const exportCommand: Command = {
  help: `${NAME} [FILE] [options]

  Writes the tenant's site as a file, in a stable order; without FILE to the
  standard output. The file holds no keys, people or cards.

  --force           replace FILE. Its comments are lost

${CONNECTION_HELP}
Exit codes: 0 written, 1 failed, 2 invalid option.
docs/site-file.md describes the file.
`,
  async run(args, io) {
    const options = {
      ...CONNECTION_OPTIONS,
      force: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    const { values, positionals } = parseOptions(NAME, args, options, 1);
    if (values.help === true) {
      io.stdout.write(this.help);
      return 0;
    }
    const [file] = positionals;
    const client = await connect(values, io);
    const state = await readState(client, await readMe(client));
    const text = siteFileText(entriesOf(state, Date.now()), schemaFrom(file));
    if (file === undefined) io.stdout.write(text);
    else await write(file, text, values.force === true);
    return 0;
  },
};

async function write(file: string, text: string, force: boolean): Promise<void> {
  await writeFile(file, text, { flag: force ? 'w' : 'wx' }).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new OptionError(
      isThere
        ? `${file} exists: write --force to replace it, or name another file.`
        : `${file} cannot be written (${messageOf(error)}): name another file.`,
    );
  });
}

/** Path of the schema as seen from the file, for editors. */
function schemaFrom(file: string | undefined): string {
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const schema = resolve(ROOT, SCHEMA_FILE);
  const path = relative(folder, schema);
  // On another drive of Windows there is no relative path.
  return path === schema ? pathToFileURL(schema).href : path.split(sep).join('/');
}
