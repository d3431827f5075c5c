import { nearest } from '@swipegate/contract/values/nearest';
import * as options from '@swipegate/terminal/options';
import t from 'tap';
import { RUN_OPTIONS, runSettingsOf } from '../run-options.js';

const { OptionError, parseOptions } = options;
const read = (...args: string[]) => runSettingsOf(parseOptions('swipegate-sim run', args, RUN_OPTIONS).values);

t.test('the nearest word', async (t) => {
  const words = ['run', 'list', 'replay', 'report', 'office-morning'];
  for (const [typed, meant] of [
    ['runn', 'run'],
    ['rpelay', 'replay'],
    ['ofice-mornin', 'office-morning'],
    ['list', 'list'],
    ['xyzzy', undefined],
    ['', undefined],
  ] as const) {
    t.equal(nearest(typed, words), meant, typed);
  }
});

t.test('without options, all settings are left to the scenario', async (t) => {
  t.match(read(), {
    target: undefined,
    rate: undefined,
    readers: undefined,
    durationMs: undefined,
    shard: { index: 0, of: 1 },
    thresholds: [],
    json: false,
  });
});

t.test('all options', async (t) => {
  const args = [
    '--target',
    'https://gate.example',
    '--rate',
    '500',
    '--readers',
    '900',
    '--pace',
    '25',
    '--duration',
    '90s',
  ];
  const more = [
    '--warm-up',
    '0s',
    '--threads',
    '2',
    '--shard',
    '2/4',
    '--seed',
    '7',
    '--threshold',
    'lost==0',
    '--threshold',
    'ack.p99<1s',
  ];
  const files = [
    '--out',
    'a.json',
    '--html',
    'a.html',
    '--csv',
    'a.csv',
    '--record',
    'a.ndjson',
    '--except-card',
    'c1',
    '--json',
  ];
  t.match(read(...args, ...more, ...files), {
    target: new URL('https://gate.example'),
    rate: 500,
    readers: 900,
    pace: 25,
    durationMs: 90_000,
    warmUpMs: 0,
    threads: 2,
    shard: { index: 1, of: 4 },
    seed: 7,
    thresholds: ['lost==0', 'ack.p99<1s'],
    outFile: 'a.json',
    htmlFile: 'a.html',
    csvFile: 'a.csv',
    recordFile: 'a.ndjson',
    exceptCards: ['c1'],
    json: true,
  });
  t.match(read('--until-stopped', '--pace', 'unlimited'), { durationMs: 'until stopped', pace: 'unlimited' });
});

t.test('options that may be repeated', async (t) => {
  t.same(read('--threshold', 'lost==0', '--threshold', 'wrong==0').thresholds, ['lost==0', 'wrong==0']);
  t.equal(read('--json', '--json').json, true, 'a repeated flag is harmless');
});

t.test('errors name the problem and the fix', async (t) => {
  const wrong: [args: string[], naming: RegExp][] = [
    [['--rte', '5'], /no option --rte\. Did you mean --rate\? See swipegate-sim run --help/],
    [['--frobnicate'], /no option --frobnicate\. See/],
    [['--rate'], /^--rate has no value: write one after --rate\. See swipegate-sim run --help/],
    [['--out', '--json'], /^--out has no value: .*--out=VALUE if it starts with a dash/],
    [['--rate', '-5'], /^--rate -5 is not a rate: write swipes a second, above 0/],
    [['--rate', '5', '--duration', '5s', '--rate', '6'], /^--rate is given more than once/],
    [['--rate', '0'], /above 0.*--rate 20/],
    [['--rate', '1e3'], /--rate 1e3 is not a rate/],
    [['--readers', '2.5'], /--readers 2\.5 is not a whole number/],
    [['--readers', '100001'], /from 1 to 100000/],
    [['--target', 'ftp://x'], /--target ftp:\/\/x is not an http URL/],
    [['--target', 'localhost:8080'], /is not an http URL/],
    [['--duration', '20'], /--duration 20 is not a time/],
    [['--warm-up', 'soon'], /--warm-up soon is not a time/],
    [['--duration', '5s', '--until-stopped'], /contradict/],
    [['--shard', '5/4', '--seed', '1'], /--shard 1\/4 on the first/],
    [['--shard', '0/4', '--seed', '1'], /is not a shard/],
    [['--shard', '1/4'], /needs --seed/],
    [['--pace', '0'], /--pace 0 is not a pace/],
    [['--threshold', 'lost'], /--threshold: The threshold lost cannot be read/],
    [['--threads', '0'], /--threads 0/],
    [['--json=yes'], /^--json takes no value: write --json alone/],
    [['--help=yes'], /^--help takes no value/],
    [['--html='], /^--html has no value/],
    [['--out', ''], /^--out has no value/],
    [['-x'], /^There is no option -x/],
  ];
  for (const [args, naming] of wrong) {
    t.throws(() => read(...args), { name: 'OptionError', code: 'OPTION_INVALID', message: naming }, args.join(' '));
  }
  t.equal(new OptionError('x').code, 'OPTION_INVALID');
});
