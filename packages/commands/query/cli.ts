/** `npm run query -- NAME [parameters]`: runs a saved query over the archive on this machine. */
import { csvText } from '@swipegate/contract';
import { S3ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { printableJson } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { outputWidth, textTable } from '@swipegate/terminal/text-table';
import { runCommand, useLocalCloud } from '../command.js';
import { s3Client } from '../s3-client.js';
import { ArchiveDatabase, QueryError, type QueryResult } from './archive-database.js';
import { checkParameters } from './check-parameters.js';
import { readEnvironment } from './environment.js';
import { SAVED_QUERIES, type SavedQuery } from './saved-queries.js';

const HELP = `npm run query -- NAME PARAMETER … [options]

  --local FILE   use the archive of a running npm start: its .swipegate/cloud.json
  --sql TEXT     run this SQL instead of a saved query; ? stands for a parameter
  --json         print rows as JSON, one per line
  --csv          print rows as CSV
  --help         show this help

Saved queries with their parameters. Days are days of arrival in UTC, first
and last inclusive:

${SAVED_QUERIES.map(({ name, parameters }) => `  "${name}"\n${parameters.map((each) => `    ${each}`).join('\n')}`).join('\n')}

Exit code 1 and no rows: the days are outside the archive. Exit code 0 and no
rows: the archive has these days, but nothing on them.

The same SQL runs in Athena. Without --local, ARCHIVE_BUCKET names the archive
on AWS, and the whole archive is copied to this machine. Use Athena instead.
`;

function queryNamed(name: string | undefined, parameters: readonly string[]): SavedQuery {
  // Accepts ' for ’, which is harder to type.
  const query = SAVED_QUERIES.find((each) => each.name.replaceAll('’', "'") === name?.replaceAll('’', "'"));
  if (query === undefined) {
    const names = SAVED_QUERIES.map((each) => `"${each.name}"`).join(', ');
    throw new OptionError(
      `${name === undefined ? 'Missing query name' : `Unknown query "${name}"`}. Use one of ${names}.`,
    );
  }
  if (query.parameters.length !== parameters.length) {
    throw new OptionError(
      `"${query.name}" needs ${query.parameters.length} parameters, got ${parameters.length}: ${query.parameters.join('; ')}.`,
    );
  }
  checkParameters(query, parameters);
  return query;
}

function linesOf({ columns, rows }: QueryResult): string[] {
  if (rows.length === 0) return ['No rows.'];
  const isNumber = (column: string) => rows.every((row) => typeof row[column] === 'number');
  return textTable(
    columns.map((name) => ({ name, align: isNumber(name) ? 'right' : 'left' })),
    rows.map((row) => columns.map((column) => String(row[column] ?? ''))),
    { color: wantsColor(process.stdout, process.env), width: outputWidth(process.stdout, process.env) },
  );
}

/** The days that a saved query selects; undefined for SQL of the user. */
function daysOf(query: SavedQuery | undefined, parameters: readonly string[]): readonly string[] | undefined {
  return query && parameters.filter((_, i) => query.forms[i] === 'day').slice(0, 2);
}

/** Explains an empty result if the archive does not have the days. Something may have happened on them. */
function gapOf(archived: readonly string[], days: readonly string[] | undefined): string | undefined {
  const [first, last] = [archived[0], archived.at(-1)];
  if (first === undefined || last === undefined) return 'No rows: the archive is empty.';
  const [from = first, until = last] = days ?? [];
  if (from <= last && until >= first) return undefined;
  return `No rows: ${from} to ${until} is outside the archive, which has ${first} to ${last}.`;
}

function writeTable(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!lines.some((line) => line.includes('…'))) return;
  process.stderr.write(
    'Values ending in … are cut. Use a wider terminal, COLUMNS=200, --csv or --json to see them in full.\n',
  );
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseOptions(
    'npm run query --',
    args,
    {
      local: { type: 'string' },
      sql: { type: 'string' },
      json: { type: 'boolean' },
      csv: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    MANY,
  );
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (values.json === true && values.csv === true) throw new OptionError('Write --json or --csv, not both.');
  const [name, ...rest] = positionals;
  const query = values.sql === undefined ? queryNamed(name, rest) : undefined;
  const { sql, parameters } =
    query === undefined ? { sql: values.sql ?? '', parameters: positionals } : { sql: query.sql, parameters: rest };
  if (values.local !== undefined) await useLocalCloud(values.local);
  const { ARCHIVE_BUCKET } = readEnvironment(process.env);
  const s3 = s3Client(process.env, values.local !== undefined);
  try {
    const database = await ArchiveDatabase.open(new S3ObjectStore(s3, ARCHIVE_BUCKET));
    try {
      const result = await database.query(sql, parameters);
      const gap = result.rows.length > 0 ? undefined : gapOf(database.days, daysOf(query, parameters));
      if (gap !== undefined) {
        process.stderr.write(`${gap}\n`);
        process.exitCode = 1;
      }
      if (values.csv === true) process.stdout.write(csvText(result.columns, result.rows));
      else if (values.json === true) for (const row of result.rows) process.stdout.write(`${printableJson(row)}\n`);
      else if (gap === undefined) writeTable(linesOf(result));
    } finally {
      await database.close();
    }
  } finally {
    s3.destroy();
  }
}

await runCommand('query', main, [QueryError]);
