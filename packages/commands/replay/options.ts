import { instant, OptionError, parseOptions } from '@swipegate/terminal/options';

export const HELP = `replay: rebuilds tables from the archive, and tries other rules on past swipes

  npm run replay -- rebuild [options]  rebuild decisions and presence
  npm run replay -- compare [options]  compare rebuilt tables with the live ones
  npm run replay -- what-if [options]  decide past swipes by a changed site

  --local FILE        use a running npm start; FILE is its .swipegate/cloud.json
  --json              print the result as JSON
  --help              show this help

rebuild                                the target tables must be empty
  --create            create missing target tables (implied by --local)
  --placements FILE   placements of cardholders, one JSON document per line;
                      default: those in the event store

compare                                exit code 0 only if the tables are equal
  --archived-until T  decisions from T on may be missing; default: the time of
                      the newest rebuilt decision

what-if                                writes nothing; exit code 1 if the
                                       archive has no decision from that time
  --site FILE         the changed site, such as an edited .swipegate/site.json
  --from T, --until T swipes decided from T (inclusive) until T (exclusive)
  --placements FILE   as for rebuild
  --csv               print the differences as CSV

T is an RFC 3339 time, such as 2026-11-25T08:00:00Z. Environment variables name
the tables and the bucket: docs/archive.md. Without --local the AWS SDK's own
settings apply: AWS_REGION, AWS_PROFILE, …
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

/** @returns undefined for --help. @throws {OptionError} naming the problem and the fix */
export function readOptions(args: readonly string[]): ReplayOptions | undefined {
  const { values, positionals } = parseOptions('npm run replay --', args, OPTIONS, 1);
  if (values.help === true) return undefined;
  const [command] = positionals;
  if (!isCommand(command)) {
    throw new OptionError(
      `${command === undefined ? 'The command is missing' : `Unknown command ${command}`}: write rebuild, compare or what-if.`,
    );
  }
  const given: string[] = Object.keys(values);
  const foreign = given.find((name) => ![...OWN[command], ...EVERY].some((own) => own === name));
  if (foreign !== undefined) throw new OptionError(`${command} does not take --${foreign}.`);
  if (values.json === true && values.csv === true) throw new OptionError('Write --json or --csv, not both.');
  for (const name of ['archived-until', 'from', 'until'] as const) {
    const text = values[name];
    if (text !== undefined) instant(`--${name}`, text);
  }
  if (values.from !== undefined && values.until !== undefined && Date.parse(values.from) >= Date.parse(values.until)) {
    throw new OptionError(`--until ${values.until} must be later than --from ${values.from}.`);
  }
  const missing = (['site', 'from', 'until'] as const).find((name) => values[name] === undefined);
  if (command === 'what-if' && missing !== undefined) throw new OptionError(`what-if requires --${missing}.`);
  const { local, placements, 'archived-until': archivedUntil, site, from, until } = values;
  const format = values.json === true ? 'json' : values.csv === true ? 'csv' : 'text';
  const create = values.create === true || local !== undefined;
  return { command, local, format, create, placements, archivedUntil, site, from, until };
}

function isCommand(text: string | undefined): text is ReplayOptions['command'] {
  return text !== undefined && Object.hasOwn(OWN, text);
}
