import { OptionError, parseOptions, url } from '@swipegate/terminal/options';

export const HELP = `swipegate check: a short proof against a live installation

  npx swipegate check --target URL [options]

  --target URL  the gateway, as readers reach it
  --api URL     also check the admin API
  --no-alarms   do not check that alarms exist
  --json        print one JSON object instead of lines
  --local FILE  check a running npm start; FILE is its .swipegate/keys.json.
                Then --target may be left out
  --help        show this help

The gateway answers and is ready; a swipe of a test tenant is decided and its
decision read back; a lost card and a made-up key are refused; alarms exist.
It posts at most three swipes and removes every row that it wrote, also after a
failure or Ctrl-C, and those of an earlier run that was killed. Only streams and
archive keep the swipes.

On AWS it reads SWIPEGATE_STAGE and the SDK's own settings, such as AWS_REGION.
It needs to write the stage's tables: an admin's token is not enough.

Exit codes: 0 all is well, 1 a check failed, 2 invalid option or environment.
`;

export interface CheckOptions {
  target: string | undefined;
  api: string | undefined;
  alarms: boolean;
  json: boolean;
  local: string | undefined;
}

/** @returns undefined for --help. @throws {OptionError} naming the problem and the fix */
export function readOptions(args: readonly string[]): CheckOptions | undefined {
  const { values } = parseOptions('swipegate check', args, {
    target: { type: 'string' },
    api: { type: 'string' },
    'no-alarms': { type: 'boolean' },
    json: { type: 'boolean' },
    local: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) return undefined;
  const { target, api, local } = values;
  if (target === undefined && local === undefined) {
    throw new OptionError('--target is missing: write --target URL, or --local .swipegate/keys.json for npm start.');
  }
  const base = (name: string, text: string) => url(name, text).href.replace(/\/+$/, '');
  return {
    target: target && base('--target', target),
    api: api && base('--api', api),
    alarms: values['no-alarms'] !== true,
    json: values.json === true,
    local,
  };
}
