import { ConfigSchema, readConfig } from '@swipegate/gateway/config/config';
import { OptionError } from '@swipegate/terminal/options';
import t from 'tap';
import { tenantToServe } from '../demo/start-site.js';
import { readGatewaySettings } from '../start/gateway-settings.js';
import { HELP, readOptions } from '../start/options.js';

/** Valid values of variables that are no numbers, other than the default. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  HOST: '::1',
  CALLERS: 'this-machine',
  LOG_LEVEL: 'debug',
  AWS_REGION: 'us-east-1',
  SWIPEGATE_STAGE: 'production',
  AWS_ENDPOINT_URL_KINESIS: 'http://localhost:4566',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:4566',
  SPOOL_DIRECTORY: '/tmp/spool',
  DECISIONS_CONSUMER: 'fan-out',
  DECISIONS_CONSUMER_NAME: 'name',
  EMF_NAMESPACE: 'Swipegate',
  OPS_URL: ':1/ops',
};

t.test('without options: the default rate on port 8080 until Ctrl-C', async (t) => {
  t.strictSame(readOptions([], {}), {
    durationMs: undefined,
    json: false,
    simulator: true,
    scenario: 'steady',
    rate: undefined,
    readers: undefined,
    pace: undefined,
    thresholds: [],
    htmlFile: undefined,
    outFile: undefined,
    port: 8080,
    opsPort: undefined,
    backOffice: true,
    endpoint: undefined,
    dataFolder: undefined,
    emptyTenant: undefined,
    consolePort: undefined,
    gatewaySettings: { env: {}, notes: [] },
  });
  t.match(readOptions([], { PORT: '' }), { port: 8080 }, 'an empty PORT is none');
});

t.test('all options', async (t) => {
  const args = ['--duration', '20s', '--json', '--rate', '500', '--readers', '8', '--scenario', 'lunch'];
  args.push(
    '--pace',
    'unlimited',
    '--threshold',
    'lost==0',
    '--html',
    'run.html',
    '--out',
    'run.json',
    '--no-back-office',
  );
  t.strictSame(readOptions(args, { PORT: '0', OPS_PORT: '9001', CONSOLE_PORT: '9002' }), {
    durationMs: 20_000,
    json: true,
    simulator: true,
    scenario: 'lunch',
    rate: 500,
    readers: 8,
    pace: 'unlimited',
    thresholds: ['lost==0'],
    htmlFile: 'run.html',
    outFile: 'run.json',
    port: 0,
    opsPort: 9001,
    backOffice: false,
    endpoint: undefined,
    dataFolder: undefined,
    emptyTenant: undefined,
    consolePort: 9002,
    gatewaySettings: { env: {}, notes: [] },
  });
  t.match(readOptions(['--no-simulator', '--duration=1.5h'], {}), { simulator: false, durationMs: 5_400_000 });
  t.match(readOptions(['--data', 'kept'], {}), { dataFolder: 'kept' });
  t.match(readOptions(['--empty', '--duration', '1m'], {}), { simulator: false, emptyTenant: null });
  t.match(readOptions(['--empty', '--tenant', 'acme'], {}), { simulator: false, emptyTenant: 'acme' });
  t.match(readOptions(['--endpoint', 'http://localhost:4566/'], {}), { endpoint: 'http://localhost:4566' });
  t.match(readOptions(['--duration=5m', '--rate=0.5'], {}), { durationMs: 300_000, rate: 0.5 });
});

t.test('the gateway gets its variables, except those that the local product sets', async (t) => {
  const settingsFrom = (env: Record<string, string>) => readGatewaySettings(env);
  t.same(settingsFrom({ RATE_LIMIT_PER_SECOND: '50', LINGER_MS: '1', PORT: '9000', HOST: '::', EDITOR: 'vi' }), {
    env: { RATE_LIMIT_PER_SECOND: '50', LINGER_MS: '1' },
    notes: [],
  });
  t.match(settingsFrom({ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_KINESIS: 'http://localhost:4566' }), {
    env: {},
    notes: [/^AWS_REGION has no effect.*eu-central-1/, /^AWS_ENDPOINT_URL_KINESIS has no effect: use --endpoint URL/],
  });
  t.match(settingsFrom({ SWIPEGATE_STAGE: 'production' }), { env: {}, notes: [/^SWIPEGATE_STAGE has no effect/] });
  t.same(settingsFrom({ TABLE_CARDS: 'swipegate-cards', CALLERS: '' }), { env: {}, notes: [] }, 'nothing else is set');
  // Each variable of the gateway is passed on, read by npm start, refused or named in a note.
  const defaults: Readonly<Record<string, unknown>> = readConfig({});
  for (const name of Object.keys(ConfigSchema.properties)) {
    const value = OTHER_VALUES[name] ?? String(Number(defaults[name]) + 1);
    let answer: unknown;
    try {
      const { env, notes } = settingsFrom({ [name]: value });
      answer = env[name] ?? notes[0];
    } catch (error) {
      answer = error;
    }
    if (name !== 'PORT' && name !== 'HOST') t.ok(answer, `${name}=${value}`);
  }
  const wrong: [env: Record<string, string>, error: { name: string; message: RegExp }][] = [
    [
      { RATE_LIMIT_PER_SECOND: 'x' },
      { name: 'EnvironmentError', message: /the gateway.*RATE_LIMIT_PER_SECOND=x: must/s },
    ],
    [{ REPEAT_WINDOW_MS: '-1' }, { name: 'EnvironmentError', message: /REPEAT_WINDOW_MS=-1: must/ }],
    [
      { TABLE_ZONE_STATE: 'z' },
      { name: 'OptionError', message: /TABLE_ZONE_STATE cannot be set.*own tables\. Unset it/ },
    ],
    [{ OPS_URL: ':1/ops' }, { name: 'OptionError', message: /OPS_URL cannot be set.*OPS_PORT/ }],
  ];
  for (const [env, error] of wrong) t.throws(() => readOptions([], env), error, Object.keys(env).join());
});

t.test('help', async (t) => {
  t.equal(readOptions(['--help'], {}), 'help');
  t.equal(readOptions(['-h', '--duration', 'nonsense'], {}), 'help');
  t.ok(HELP.split('\n').every((line) => line.length <= 80));
});

t.test('kept data is served as what it holds', async (t) => {
  const [demo, acme] = [{ keys: {} }, { keys: {}, tenant: 'acme' }];
  t.equal(tenantToServe(undefined, undefined, acme), undefined, 'without --data every start is new');
  t.equal(tenantToServe(null, undefined, acme), 'my-site');
  t.equal(tenantToServe('acme', 'kept', undefined), 'acme');
  t.equal(tenantToServe(null, 'kept', acme), 'acme');
  t.equal(tenantToServe('acme', 'kept', acme), 'acme');
  t.equal(tenantToServe(undefined, 'kept', demo), undefined);
  t.throws(() => tenantToServe(undefined, 'kept', acme), { message: /kept holds .* acme: write --empty --data kept/ });
  t.throws(() => tenantToServe(null, 'kept', demo), { message: /kept holds the demo site: choose another folder/ });
  t.throws(() => tenantToServe('other', 'kept', acme), { message: /kept holds tenant acme: leave out --tenant/ });
});

t.test('an invalid option is named, with an example of a valid one', async (t) => {
  const wrong: [args: string[], env: Record<string, string>, naming: RegExp][] = [
    [['--duration', '20'], {}, /--duration 20 is not a time.*--duration 20s/],
    [['--duration', '0s'], {}, /--duration 0s is not a time/],
    [['--duration', '-5s'], {}, /--duration/],
    [['--duration', '5d'], {}, /write a number and s, m or h/],
    [['--duration', '1000h'], {}, /up to 24 days/],
    [['--duration'], {}, /--duration.*--help/],
    [['--empty', '--rate', '5'], {}, /--rate is for virtual readers.*--empty, which starts none/],
    [['--empty', '--no-back-office'], {}, /--empty needs the back office.*remove --no-back-office/],
    [['--tenant', 'acme'], {}, /--tenant is for --empty/],
    [['--empty', '--tenant', 'demo'], {}, /--tenant demo must be.*not demo/],
    [['--empty', '--tenant', 'a b'], {}, /--tenant a b must be 1 to 64 letters/],
    [['--rate', 'fast'], {}, /--rate fast is not a rate.*--rate 20/],
    [['--rate', '0'], {}, /above 0/],
    [['--rate', '1e3'], {}, /--rate 1e3/],
    [['--rate', '1000001'], {}, /up to 1000000/],
    [['--readers', '0'], {}, /--readers 0 is not a whole number from 1 to 100000.*--readers 48/],
    [['--readers', '2.5'], {}, /--readers 2.5/],
    [['--no-simulator', '--rate', '5'], {}, /--rate is for virtual readers.*--no-simulator/],
    [['--no-simulator', '--readers', '5'], {}, /--readers is for virtual readers/],
    [['--speed', '5'], {}, /--speed.*--help/],
    [['--reader', '5'], {}, /no option --reader\..*mean --readers/],
    [['--pace', 'fast'], {}, /--pace fast is not a pace/],
    [['--threshold', 'ack<1'], {}, /--threshold: .*ack/],
    [['--no-simulator', '--html', 'x'], {}, /--html is for virtual readers/],
    [['--endpoint', 'localhost:4566'], {}, /--endpoint localhost:4566 is not an http URL/],
    [['--endpoint', 'http://localhost:1', '--data', 'x'], {}, /--data is for the embedded cloud.*Remove one/],
    [['--rate', '-3'], {}, /--rate -3 is not a rate.*above 0/],
    [['20s'], {}, /20s.*--help/],
    [['--json=yes'], {}, /--json/],
    [[], { PORT: '80a' }, /PORT 80a is not a whole number from 0 to 65535.*PORT=8080/],
    [[], { PORT: '65536' }, /PORT 65536/],
    [[], { PORT: '-1' }, /PORT -1/],
    [[], { OPS_PORT: 'x' }, /OPS_PORT x is not a whole number/],
  ];
  for (const [args, env, naming] of wrong) {
    const title = [...Object.entries(env).flat(), ...args].join(' ');
    t.throws(() => readOptions(args, env), { name: 'OptionError', code: 'OPTION_INVALID', message: naming }, title);
  }
  t.equal(new OptionError('x').code, 'OPTION_INVALID');
});
