import { OptionError, parseOptions, whole } from '@swipegate/terminal/options';

/** What `npm run demo:evacuation` was asked to do. */
export interface EvacuationOptions {
  /** In the building when the alarm sounds. */
  people: number;
  /** From the first to the last exit, s. */
  seconds: number;
  json: boolean;
  /** Port of the gateway; 0 takes a free one. */
  port: number;
}

export const MOST_PEOPLE = 5_000;

export const EVACUATION_HELP = `Everybody swipes out of one building, while the muster list shrinks to those who
did not leave.

  npm run demo:evacuation -- [options]

  --people N     in the building when the alarm sounds, 10 to ${MOST_PEOPLE} (${MOST_PEOPLE})
  --seconds N    from the first exit to the last, 1 to 3600 (60)
  --json         the last line of stdout is one JSON object; progress goes to
                 stderr
  --help         this

  PORT=9000 npm run demo:evacuation    the gateway's port (0: a free one)

Exit code 0: at the end the muster list names exactly those who did not leave,
and every exit was decided once. 1: not so, or stopped. 2: an option is wrong.
`;

/** @throws {OptionError} naming what is wrong and what to write instead */
export function readEvacuationOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): EvacuationOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  return {
    people: whole('--people', values.people, 10, MOST_PEOPLE),
    seconds: whole('--seconds', values.seconds, 1, 3_600),
    json: values.json === true,
    port: whole('PORT', env['PORT'] || '0', 0, 65_535),
  };
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseOptions('npm run demo:evacuation --', args, {
    people: { type: 'string', default: String(MOST_PEOPLE) },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  const [more] = positionals;
  if (more === undefined) return values;
  throw new OptionError(`${more} belongs to no option. See npm run demo:evacuation -- --help.`);
}
