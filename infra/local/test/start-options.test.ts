import { OptionError } from '@swipegate/terminal/options';
import t from 'tap';
import { HELP, readOptions } from '../start/options.js';

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
    consolePort: undefined,
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
    consolePort: 9002,
  });
  t.match(readOptions(['--no-simulator', '--duration=1.5h'], {}), { simulator: false, durationMs: 5_400_000 });
  t.match(readOptions(['--data', 'kept'], {}), { dataFolder: 'kept' });
  t.match(readOptions(['--endpoint', 'http://localhost:4566/'], {}), { endpoint: 'http://localhost:4566' });
  t.match(readOptions(['--duration=5m', '--rate=0.5'], {}), { durationMs: 300_000, rate: 0.5 });
});

t.test('help', async (t) => {
  t.equal(readOptions(['--help'], {}), 'help');
  t.equal(readOptions(['-h', '--duration', 'nonsense'], {}), 'help');
  t.ok(HELP.split('\n').every((line) => line.length <= 80));
});

t.test('an invalid option is named, with an example of a valid one', async (t) => {
  const wrong: [args: string[], env: Record<string, string>, naming: RegExp][] = [
    [['--duration', '20'], {}, /--duration 20 is not a time.*--duration 20s/],
    [['--duration', '0s'], {}, /--duration 0s is not a time/],
    [['--duration', '-5s'], {}, /--duration/],
    [['--duration', '5d'], {}, /write a number and s, m or h/],
    [['--duration', '1000h'], {}, /up to 24 days/],
    [['--duration'], {}, /--duration.*--help/],
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
