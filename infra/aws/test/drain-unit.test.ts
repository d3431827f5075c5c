import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { drainScript, drainUnit } from '../gateway/drain-unit.js';
import { installDrain } from '../gateway/gateway-unit.js';

const PLACE = { region: 'eu-central-1', namespace: 'Swipegate/test' };
const SCRIPT = drainScript({ ...PLACE, drainSeconds: 60, hookSeconds: 240 });
const SEGMENT = '000000000001.segment';

/** Commands of an instance, which note what they are told. The spool empties or fills as `onSleep` and `onStop` say. */
interface Instance {
  segments?: readonly string[];
  /** Shell commands, run in the spool. */
  onSleep?: string;
  onStop?: string;
  aws?: string;
}

async function drain(t: Test, { segments = [], onSleep = ':', onStop = ':', aws = ':' }: Instance) {
  const folder = t.testdir({
    bin: {},
    spool: Object.fromEntries(['shards.json', ...segments].map((name) => [name, ''])),
  });
  const spool = join(folder, 'spool');
  const calls = join(folder, 'calls');
  const command = (name: string, body: string) => {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/bash\necho "${name} $*" >> '${calls}'\ncd '${spool}' 2>/dev/null\n${body}\n`);
    chmodSync(file, 0o755);
  };
  const metadata = `case "$*" in
*api/token*) echo token ;;
*target-lifecycle-state*) [ -e ../asked ] && echo Terminated || { touch ../asked; echo InService; } ;;
*instance-id*) echo i-0123456789abcdef0 ;;
esac`;
  command('curl', metadata);
  command('sleep', onSleep);
  command('systemctl', onStop);
  command('aws', aws);
  const script = join(folder, 'drain');
  writeFileSync(script, SCRIPT);
  const child = spawn('bash', [script], {
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, SPOOL: spool },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  let log = '';
  child.stdout.on('data', (text: string) => {
    log += text;
  });
  const [code] = await once(child, 'close');
  t.equal(code, 0);
  const lines: unknown[] = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const isMetric = (line: unknown) => JSON.stringify(line).includes('_aws');
  for (const line of lines.filter((line) => !isMetric(line)))
    t.match(line, { level: Number, name: 'drain', msg: String });
  const made = readFileSync(calls, 'utf8').trim().split('\n');
  return {
    log,
    metrics: lines.filter(isMetric),
    calls: made.filter((call) => /^(systemctl|aws) /.test(call)),
    slept: made.filter((call) => /^sleep/.test(call)),
  };
}

const DELETES =
  /^aws ec2 modify-instance-attribute --region eu-central-1 --instance-id i-0123456789abcdef0 .*\[{"DeviceName":"\/dev\/xvda","Ebs":{"DeleteOnTermination":true}}\]$/;

t.test('an instance that is to go waits for its last requests, stops, and gives up its disk', async (t) => {
  const { calls, slept, log, metrics } = await drain(t, {});
  t.equal(calls[0], 'systemctl stop swipegate');
  t.match(calls[1], DELETES);
  t.equal(calls.length, 2);
  t.same(slept.slice(0, 2), ['sleep 5', 'sleep 60'], 'in service first, then the load balancer’s time');
  t.match(log, /the disk goes with the instance/);
  t.same(metrics, []);
});

t.test('the disk goes once the spool is sent', async (t) => {
  const onSleep = `[ "$1" = 60 ] || { echo x >> ../naps; [ "$(wc -l < ../naps)" -ge 4 ] && rm -f ${SEGMENT}; }; true`;
  const { calls } = await drain(t, { segments: [SEGMENT], onSleep });
  t.match(calls, ['systemctl stop swipegate', DELETES]);
});

const KEPT = [
  {
    _aws: {
      Timestamp: Number,
      CloudWatchMetrics: [
        {
          Namespace: 'Swipegate/test',
          Dimensions: [['service']],
          Metrics: [{ Name: 'DisksKept', Unit: 'Count' }],
        },
      ],
    },
    service: 'gateway',
    DisksKept: 1,
  },
];

t.test('the disk stays while it holds acknowledged swipes', async (t) => {
  const waits = await drain(t, { segments: [SEGMENT] });
  t.same(waits.calls, [], 'the gateway goes on sending until the end');
  t.match(waits.log, /"level":50.*The spool is not empty: the disk stays/);
  t.match(waits.metrics, KEPT, 'and an alarm is set off');
  const slept = waits.slept.reduce((sum, call) => sum + Number(call.split(' ')[1]), 0);
  t.equal(slept, 240 - 60 - 20 - 5, 'after the hook’s time, without the stop, the call and a poll');

  const atStop = await drain(t, { onStop: `touch ${SEGMENT}` });
  t.same(atStop.calls, ['systemctl stop swipegate'], 'swipes that were spooled while it stopped');
  t.match(atStop.metrics, KEPT);

  const unreadable = await drain(t, { onSleep: '[ "$1" = 60 ] && rm -rf ../spool; true' });
  t.same(unreadable.calls, [], 'a spool that cannot be read is not empty');
});

t.test('a call that EC2 refuses is made again, and the disk stays if all fail', async (t) => {
  const second = await drain(t, { aws: '[ -e ../refused ] || { touch ../refused; exit 255; }' });
  t.match(second.calls, ['systemctl stop swipegate', DELETES, DELETES]);
  const never = await drain(t, { aws: 'exit 255' });
  t.equal(never.calls.length, 4);
  t.same(never.metrics, [], 'that disk holds no swipe');
  t.match(SCRIPT, /AWS_MAX_ATTEMPTS=1 aws ec2/, 'the loop is the only retry');
  t.match(never.log, /EC2 did not accept the call: the disk stays/);
});

t.test('the hook leaves time for each step; the start script installs script and unit', async (t) => {
  t.throws(() => drainScript({ ...PLACE, drainSeconds: 60, hookSeconds: 150 }), { name: 'RangeError' });
  const commands = installDrain({ unit: drainUnit(), script: SCRIPT }).join('\n');
  t.ok(commands.includes(SCRIPT.trimEnd()) && commands.includes(drainUnit().trimEnd()));
  t.match(commands, /^systemctl enable --now swipegate-drain$/m);
  const check = spawn('bash', ['-n'], { stdio: ['pipe', 'inherit', 'inherit'] });
  check.stdin.end(commands);
  t.same(await once(check, 'close'), [0, null], 'valid shell');
});
