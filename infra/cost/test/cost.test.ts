import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { backOfficeLines } from '../back-office.js';
import { billOf } from '../bill.js';
import { billLines, growthLines } from '../cost-lines.js';
import { capacityFor, limitsAt, SECONDS_A_MONTH, SHARD_BYTES_PER_SECOND } from '../load.js';
import { PRICES } from '../prices.js';

const CHOICES = {
  mode: 'provisioned',
  keepDays: 400,
  backOffice: { changesPerDay: 1_000, hosting: 'cloudfront' },
} as const;

t.test('a bill is the sum of its lines, and grows with the rate', async (t) => {
  let before = 0;
  for (const rate of [1, 100, 1_000, 10_000, 100_000, 1_000_000]) {
    const { dollars, lines } = billOf(rate, CHOICES);
    t.ok(Math.abs(dollars - lines.reduce((sum, line) => sum + line.dollars, 0)) < 1e-6);
    t.ok(lines.every((line) => line.dollars >= 0 && Number.isFinite(line.units)));
    t.ok(dollars > before, `${rate}/s: ${dollars}`);
    before = dollars;
  }
});

t.test('checked by hand: 1,000 swipes/s', async (t) => {
  const { lines } = billOf(1_000, CHOICES);
  const of = (service: string, what: string) =>
    lines.find((line) => line.service === service && line.what === what)?.dollars ?? -1;
  const swipes = 1_000 * SECONDS_A_MONTH;
  t.ok(Math.abs(of('DynamoDB', 'write request units') - (swipes * 5.9 * 0.625) / 1e6) < 0.01);
  t.ok(Math.abs(of('DynamoDB', 'read request units') - (swipes * 4 * 0.125) / 1e6) < 0.01);
  // At 1,000 swipes/s, 206 and 620 bytes per swipe need one shard each.
  t.ok(Math.abs(of('Kinesis', 'shards, hours') - 2 * 730 * 0.015) < 0.01);
  t.ok(Math.abs(of('WAF', 'requests, one per swipe') - (swipes * 0.6) / 1e6) < 0.01);
  // 28 alarms with 46 metrics: the tables' alarm has 10 (two metrics of five tables), three of the back office have
  // 3, 4 and 4, that of undecided swipes has 2, the others one each.
  t.ok(Math.abs(of('CloudWatch', 'metrics with alarms') - 46 * 0.1) < 0.01);
});

t.test('choices change the bill: on-demand streams have no shards, fewer days cost less', async (t) => {
  const onDemand = billOf(1_000, { ...CHOICES, mode: 'on-demand' });
  t.notOk(onDemand.lines.some(({ what }) => what.includes('shards')));
  t.ok(billOf(1_000, { ...CHOICES, keepDays: 30 }).dollars < billOf(1_000, CHOICES).dollars / 2);
});

t.test('checked by hand: the back office, for its changes and either hosting', async (t) => {
  const sum = (lines: { dollars: number }[]) => lines.reduce((dollars, line) => dollars + line.dollars, 0);
  const changesPerDay = 10_000;
  const lines = backOfficeLines({ changesPerDay, hosting: 'cloudfront' });
  const of = (service: string, what: string) =>
    lines.find((line) => line.service === service && line.what === what)?.dollars ?? -1;
  t.ok(Math.abs(of('SNS', 'changes published, FIFO') - (changesPerDay * (365 / 12) * 0.3) / 1e6) < 1e-6);
  t.ok(Math.abs(of('Cognito', 'active users, plus tier') - 25 * 0.02) < 1e-9);
  // Five concurrent long polls of 20 s read an empty queue all month.
  const idle = backOfficeLines({ changesPerDay: 0, hosting: 'cloudfront' });
  const polls = (5 * 730 * 3_600) / 20;
  t.ok(Math.abs(sum(idle.filter(({ service }) => service === 'SQS')) - (polls * (0.5 + 2 * 0.4)) / 1e6) < 1e-6);
  t.ok(sum(idle) < sum(lines));
  const onInstances = backOfficeLines({ changesPerDay, hosting: 'ec2' });
  t.ok(sum(onInstances) > sum(lines) + 50, 'a load balancer, instances and FSx are paid for by the hour');
  t.ok(onInstances.some(({ service }) => service === 'FSx') && !lines.some(({ service }) => service === 'FSx'));
});

t.test('capacity: shards by bytes, one spare gateway, no more concurrent invocations than shards', async (t) => {
  for (const rate of [1, 5_000, 50_000, 1_000_000]) {
    const { swipeShards, decisionShards, gateways, concurrency } = capacityFor(rate);
    t.ok(swipeShards * SHARD_BYTES_PER_SECOND >= rate * 206);
    t.ok(decisionShards * SHARD_BYTES_PER_SECOND >= rate * 620);
    t.ok(gateways >= 2 && concurrency >= 1 && concurrency <= swipeShards);
  }
});

t.test('limits: 1,000,000 swipes/s exceed quotas, 1,000 do not', async (t) => {
  t.same(
    limitsAt(1_000).filter(({ needed, quota }) => needed > quota),
    [],
  );
  const over = limitsAt(1_000_000).filter(({ needed, quota }) => needed > quota);
  t.ok(over.some(({ name }) => name.startsWith('write units')));
  t.ok(over.some(({ name }) => name.startsWith('fan-out consumers')));
  for (const { source, remedy } of over) t.ok(source.startsWith('https://docs.aws.amazon.com/') && remedy !== '');
});

t.test('every price names its page; tables fit 80 columns', async (t) => {
  for (const [name, { source, dollars }] of Object.entries(PRICES)) {
    t.match(source, /^https:\/\/aws\.amazon\.com\/.+\/$/, name);
    t.ok(dollars > 0, name);
  }
  for (const rate of [0.5, 1_000, 1_000_000]) {
    for (const line of [...billLines(billOf(rate, CHOICES)), ...growthLines(CHOICES)])
      t.ok(line.length <= 80 || line.includes('https://'), line);
  }
});

t.test('the command prints a table or JSON; errors name the allowed values', async (t) => {
  const cost = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('../main.js', import.meta.url)), ...args], { encoding: 'utf8' });
  t.match(cost('--swipes-per-second', '500').stdout, /^500 swipes\/s for a month/);
  t.match(JSON.parse(cost('--json', '--keep-days', '30').stdout), {
    swipesPerSecond: 1_000,
    capacity: { swipeShards: 1 },
  });
  for (const [args, naming] of [
    [['--swipes-per-second', 'many'], /--swipes-per-second many is not a rate/],
    [['--capacity', 'lots'], /--capacity must be provisioned or on-demand, not lots/],
    [['--console', 'moon'], /--console must be cloudfront or ec2, not moon/],
    [['--swipes', '5'], /mean --swipes-per-second\?|no option --swipes/],
    [['5'], /Unexpected argument 5: /],
  ] as const) {
    const { status, stderr } = cost(...args);
    t.equal(status, 2);
    t.match(stderr, naming);
  }
});
