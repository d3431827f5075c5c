import { parseArgs } from 'node:util';
import { OptionError } from '../local-cloud.js';

export const HELP = `replay: tables anew from the archive, and what other rules would have said

  npm run replay -- rebuild [options]  decisions and presence, into empty tables
  npm run replay -- compare [options]  rebuilt tables against the live ones
  npm run replay -- what-if [options]  past swipes by a changed site's rules

  --local FILE        of a running npm start: its .swipegate/cloud.json
  --json              the result as JSON
  --help              this

rebuild
  --create            creates the tables that are not there; so does --local
  --placements FILE   where the back office put holders, a JSON document a line;
                      default: what its event store says

compare                                exit code 0 only if all is equal
  --archived-until T  what was decided from then on may be missing; default: the
                      newest rebuilt decision

what-if                                writes nothing
  --site FILE         the changed site, such as a changed .swipegate/site.json
  --from T, --until T swipes decided from T (inside) until T (not)
  --placements FILE   as for rebuild
  --csv               the differences as CSV

T is an instant (RFC 3339), such as 2026-11-25T08:00:00Z. Tables and bucket are
named by environment variables: docs/archive.md. Without --local they are
reached as the AWS SDK is told: AWS_REGION, AWS_PROFILE, …
`;

export interface ReplayOptions {
  command: 'rebuild' | 'compare' | 'what-if';
  local: string | undefined;
  format: 'text' | 'json' | 'csv';
  create: boolean;
  placements: string | undefined;
  archivedUntil: string | undefined;
  site: string | undefined;
  from: string | undefined;
  until: string | undefined;
}

const OPTIONS = {
  local: { type: 'string' },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  create: { type: 'boolean' },
  placements: { type: 'string' },
  'archived-until': { type: 'string' },
  site: { type: 'string' },
  from: { type: 'string' },
  until: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const OWN: Readonly<Record<ReplayOptions['command'], readonly (keyof typeof OPTIONS)[]>> = {
  rebuild: ['create', 'placements'],
  compare: ['archived-until'],
  'what-if': ['site', 'from', 'until', 'placements', 'csv'],
};
const EVERY: readonly (keyof typeof OPTIONS)[] = ['local', 'json', 'help'];

/** @returns undefined when help is asked for. @throws {OptionError} naming what is wrong and what to write instead */
export function readOptions(args: string[]): ReplayOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [command, more] = positionals;
  if (!isCommand(command)) {
    throw new OptionError(`${command ?? 'Nothing'} is no command: write rebuild, compare or what-if.`);
  }
  if (more !== undefined) throw new OptionError(`${more} belongs to no option.`);
  const said: string[] = Object.keys(values);
  const foreign = said.find((name) => ![...OWN[command], ...EVERY].some((own) => own === name));
  if (foreign !== undefined) throw new OptionError(`--${foreign} is no option of ${command}.`);
  if (values.json === true && values.csv === true) throw new OptionError('Write --json or --csv, not both.');
  for (const name of ['archived-until', 'from', 'until'] as const) checkInstant(name, values[name]);
  if (command === 'what-if') {
    for (const name of ['site', 'from', 'until'] as const) {
      if (values[name] === undefined) throw new OptionError(`what-if lacks --${name}.`);
    }
  }
  return {
    command,
    local: values.local,
    format: values.json === true ? 'json' : values.csv === true ? 'csv' : 'text',
    create: values.create === true || values.local !== undefined,
    placements: values.placements,
    archivedUntil: values['archived-until'],
    site: values.site,
    from: values.from,
    until: values.until,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, strict: true, allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node adds advice, which is longer than its error.
    const reason = error instanceof Error ? error.message.split(/[.\n]/)[0] : String(error);
    throw new OptionError(`${reason}.`);
  }
}

function checkInstant(name: string, text: string | undefined): void {
  if (text === undefined || (/^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text)))) return;
  throw new OptionError(`--${name} ${text} is no instant: write one such as --${name} 2026-11-25T08:00:00Z.`);
}

function isCommand(text: string | undefined): text is ReplayOptions['command'] {
  return text !== undefined && Object.hasOwn(OWN, text);
}
