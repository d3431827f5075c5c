import t from 'tap';
import { INFREQUENT_ACCESS_DAYS } from '../../aws/data/table-capacity.js';
import { backOfficeLines } from '../back-office.js';
import { type Bill, billOf, defaultChoices } from '../bill.js';
import { costText } from '../cost-command.js';
import { billLines, growthLines, savingLines } from '../cost-lines.js';
import { capacityFor, limitsAt, SECONDS_A_MONTH, SHARD_BYTES_PER_SECOND } from '../load.js';
import { PRICE_PAGES, PRICED_REGIONS, pricesIn } from '../prices.js';
import { savingsAt } from '../savings.js';

const CHOICES = defaultChoices('us-east-1', 400);

const costOf = ({ lines }: Pick<Bill, 'lines'>, service: string, what: string): number =>
  lines.find((line) => line.service === service && line.what === what)?.dollars ?? Number.NaN;
const near = (dollars: number, expected: number): boolean => Math.abs(dollars - expected) < 0.01;

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
  const bill = billOf(1_000, CHOICES);
  const swipes = 1_000 * SECONDS_A_MONTH;
  // Standard-IA: the row and its indexes, 3.99 units.
  t.ok(near(costOf(bill, 'DynamoDB', 'decisions, write units'), (swipes * 3.99 * 0.78) / 1e6));
  t.ok(near(costOf(bill, 'DynamoDB', 'presence, write units'), (swipes * 1.91 * 0.625) / 1e6));
  t.ok(near(costOf(bill, 'DynamoDB', 'decisions, read units'), (swipes * 0.155) / 1e6));
  t.ok(near(costOf(bill, 'DynamoDB', 'other rows, read units'), (swipes * 3 * 0.125) / 1e6));
  // At 1,000 swipes/s, 206 and 620 bytes per swipe need one shard each.
  t.ok(near(costOf(bill, 'Kinesis', 'shards, hours'), 2 * 730 * 0.015));
  t.ok(near(costOf(bill, 'WAF', 'requests, one per swipe'), (swipes * 0.6) / 1e6));
  t.ok(near(costOf(bill, 'Load balancer', 'public addresses, hours'), 3 * 730 * 0.005));
  t.ok(near(costOf(bill, 'EC2', 'GB of answers to the internet'), (swipes * 550 * 0.09) / 1e9));
  t.ok(near(costOf(bill, 'EC2', 'detailed monitoring, metrics'), 2 * 7 * 0.3));
  // 29 alarms with 47 metrics: the tables' alarm has 10 (two metrics of five tables), three of the back office have
  // 3, 4 and 4, that of undecided swipes has 2, the others one each.
  t.ok(near(costOf(bill, 'CloudWatch', 'metrics with alarms'), 47 * 0.1));
});

t.test('payload units and roundings follow the records that linger and rate make', async (t) => {
  // Two gateways, one shard: each has 500 swipes/s. One opens a record, 2.5 join within 5 ms: 3.5 swipes, 721 bytes.
  const { swipeRecords, decisionRecords } = capacityFor(1_000);
  t.ok(Math.abs(swipeRecords.bytes - 3.5 * 206) < 1e-6, String(swipeRecords.bytes));
  t.ok(Math.abs(swipeRecords.perSecond - 1_000 / 3.5) < 1e-6);
  const units = (swipeRecords.perSecond + decisionRecords.perSecond) * SECONDS_A_MONTH;
  t.ok(near(costOf(billOf(1_000, CHOICES), 'Kinesis', 'PUT payload units'), (units * 0.014) / 1e6), 'one unit each');
  const fiveKb = (units * 5 * 1_024) / 1e9;
  t.ok(decisionRecords.bytes > 5 * 1_024, 'decisions fill several');
  t.ok(costOf(billOf(1_000, CHOICES), 'Firehose', 'GB, records rounded to 5 KB') > fiveKb * 0.029);
  // One swipe a second is a record of its own: 1 KB on demand, not 206 bytes.
  t.equal(Math.round(capacityFor(1).swipeRecords.bytes), 207);
  const slow = billOf(1, { ...CHOICES, mode: 'on-demand' });
  t.ok(costOf(slow, 'Kinesis', 'GB in, records rounded to 1 KB') > (SECONDS_A_MONTH * 2_040 * 0.08) / 1e9);
  for (const rate of [1, 1_000, 100_000, 1_000_000]) {
    const { swipeRecords, swipeShards } = capacityFor(rate);
    t.ok(swipeRecords.bytes <= 51_200, `${rate}: a record of ${swipeRecords.bytes} bytes`);
    t.ok(swipeRecords.perSecond / swipeShards <= 1_000.001, `${rate}: ${swipeRecords.perSecond} records/s`);
  }
});

t.test('recovery is billed by the rows without their indexes, and only if it is on', async (t) => {
  const what = 'GB of decisions with recovery';
  const gb = (1_000 * SECONDS_A_MONTH * 670 * 400) / (365 / 12) / 1e9;
  t.ok(near(costOf(billOf(1_000, CHOICES), 'DynamoDB', what), gb * 0.2));
  t.notOk(billOf(1_000, { ...CHOICES, recovery: false }).lines.some((line) => line.what === what));
});

t.test('held capacity: 1,429 units for 1,000 swipes/s, for a table and each of its indexes', async (t) => {
  const bill = billOf(1_000, { ...CHOICES, heldCapacity: true });
  t.ok(near(costOf(bill, 'DynamoDB', 'decisions, write capacity, hours'), 1_429 * 4 * 730 * 0.000_81));
  t.ok(near(costOf(bill, 'DynamoDB', 'presence, write capacity, hours'), 1_429 * 2 * 730 * 0.000_65));
  t.ok(near(costOf(bill, 'DynamoDB', 'presence, read capacity, hours'), (1_429 + 200) * 730 * 0.000_13));
  t.notOk(bill.lines.some(({ what }) => what.endsWith('write units')));
});

t.test('each region has its own prices; the regions of the documentation are not estimates', async (t) => {
  const { dollars: virginia } = billOf(1_000, CHOICES);
  for (const region of PRICED_REGIONS) {
    const { lines, dollars } = billOf(1_000, { ...CHOICES, region });
    const estimated = lines.reduce((sum, line) => sum + (line.estimated ? line.dollars : 0), 0);
    if (region === 'us-east-1') t.equal(estimated, 0);
    if (region.startsWith('eu-')) {
      t.ok(dollars > virginia * 1.1 && dollars < virginia * 1.26, `${region}: ${dollars}`);
      t.ok(estimated < dollars * 0.02, `${region}: ${estimated} of ${dollars} are estimates`);
    }
  }
  t.same(pricesIn('eu-central-1')('writeUnit'), { dollars: 0.7625 / 1e6, estimated: false });
  t.match(pricesIn('eu-central-1')('firehoseGb'), { estimated: true });
});

t.test('all measures halve the bill in every region, and say what they give up', async (t) => {
  for (const region of PRICED_REGIONS) {
    const { before, savings, after } = savingsAt(1_000, { ...CHOICES, region });
    t.ok(after < before / 2, `${region}: ${before} to ${after}`);
    t.ok(near(before - savings.reduce((sum, { dollars }) => sum + dollars, 0), after));
    t.equal(savings.length, 4);
    for (const { dollars, setting, givesUp } of savings) t.ok(dollars > 0 && setting !== '' && givesUp !== '');
  }
  t.notOk(
    savingsAt(1, CHOICES).savings.some(({ name }) => name.startsWith('Capacity')),
    'a measure that costs more than it saves is left out',
  );
});

t.test('Standard-IA is the default where it is cheaper', async (t) => {
  for (const region of PRICED_REGIONS) {
    const saved = (keepDays: number) => {
      const of = (infrequentAccess: boolean) =>
        billOf(1_000, { ...defaultChoices(region, keepDays), infrequentAccess }).dollars;
      return of(false) - of(true);
    };
    t.ok(saved(INFREQUENT_ACCESS_DAYS) > 0, region);
    t.ok(saved(INFREQUENT_ACCESS_DAYS / 2) < 0, region);
  }
  t.match(defaultChoices('us-east-1', INFREQUENT_ACCESS_DAYS), { infrequentAccess: true });
  t.match(defaultChoices('us-east-1', INFREQUENT_ACCESS_DAYS - 1), { infrequentAccess: false });
});

t.test('choices change the bill: on-demand streams have no shards, fewer days cost less', async (t) => {
  const onDemand = billOf(1_000, { ...CHOICES, mode: 'on-demand' });
  t.notOk(onDemand.lines.some(({ what }) => what.includes('shards')));
  t.ok(billOf(1_000, defaultChoices('us-east-1', 30)).dollars < billOf(1_000, CHOICES).dollars * 0.7);
});

t.test('checked by hand: the back office, for its changes and either hosting', async (t) => {
  const sum = (lines: { dollars: number }[]) => lines.reduce((dollars, line) => dollars + line.dollars, 0);
  const changesPerDay = 10_000;
  const at = pricesIn('us-east-1');
  const lines = backOfficeLines(at, { changesPerDay, hosting: 'cloudfront' });
  const of = (service: string, what: string) => costOf({ lines }, service, what);
  t.ok(Math.abs(of('SNS', 'changes published, FIFO') - (changesPerDay * (365 / 12) * 0.3) / 1e6) < 1e-6);
  t.ok(Math.abs(of('Cognito', 'active users, plus tier') - 25 * 0.02) < 1e-9);
  // Five concurrent long polls of 20 s read an empty queue all month.
  const idle = backOfficeLines(at, { changesPerDay: 0, hosting: 'cloudfront' });
  const polls = (5 * 730 * 3_600) / 20;
  t.ok(Math.abs(sum(idle.filter(({ service }) => service === 'SQS')) - (polls * (0.5 + 2 * 0.4)) / 1e6) < 1e-6);
  t.ok(sum(idle) < sum(lines));
  const onInstances = backOfficeLines(at, { changesPerDay, hosting: 'ec2' });
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
  for (const page of PRICE_PAGES) t.match(page, /^https:\/\/aws\.amazon\.com\/.+\/$/);
  for (const rate of [0.5, 1_000, 1_000_000]) {
    for (const region of ['us-east-1', 'eu-central-1'] as const) {
      const choices = { ...CHOICES, region };
      const text = [
        ...billLines(billOf(rate, choices)),
        ...billLines(billOf(rate, { ...choices, heldCapacity: true, mode: 'on-demand' })),
        ...savingLines(rate, choices),
        ...growthLines(choices),
      ];
      for (const line of text) t.ok(line.length <= 80 || line.includes('https://'), line);
    }
  }
});

t.test('the command prints a table or JSON; errors name the allowed values', async (t) => {
  const cost = (...args: string[]) => costText(args, {});
  t.match(cost('--swipes-per-second', '500'), /^500 swipes\/s for a month \(730 hours\), eu-central-1\n/);
  t.match(costText([], { AWS_REGION: 'us-west-2' }), /^1,000 swipes\/s for a month \(730 hours\), us-west-2\n/);
  t.match(JSON.parse(cost('--json', '--keep-days', '30', '--region', 'us-east-1')), {
    swipesPerSecond: 1_000,
    region: 'us-east-1',
    capacity: { swipeShards: 1 },
    savings: { before: Number, after: Number },
  });
  t.notMatch(cost('--recovery', 'no', '--address-limit', 'no', '--tables', 'held'), /recovery {2}|WAF|write units {2}/);
  const devices = cost('--device-port', 'yes').match(/Load balancer +devices, (?:hours|capacity units)/g);
  t.same([devices?.length, /devices, /.test(cost())], [2, false]);
  for (const [args, message] of [
    [['--swipes-per-second', 'many'], /--swipes-per-second many is not a rate/],
    [['--capacity', 'lots'], /--capacity must be provisioned or on-demand, not lots/],
    [['--region', 'ap-south-2'], /no prices for region ap-south-2: use --region with eu-central-1, .*us-east-1/],
    [['--recovery', 'maybe'], /--recovery must be yes or no, not maybe/],
    [['--console', 'moon'], /--console must be cloudfront or ec2, not moon/],
    [['--swipes', '5'], /mean --swipes-per-second\?|no option --swipes/],
    [['5'], /Unexpected argument 5: /],
  ] as const) {
    t.throws(() => cost(...args), { name: 'OptionError', message });
  }
  t.throws(() => costText([], { AWS_REGION: 'ap-south-2' }), { message: /no prices for region ap-south-2/ });
});
