import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import { durationMs } from '@swipegate/terminal/duration';
import t from 'tap';
import { playable, readersNeeded } from '../../readers/cast.js';
import { unjudgedZones } from '../../verify/oracle.js';
import { SCENARIOS, steady } from '../built-in.js';
import { faultOf, readScenario } from '../read-scenario.js';
import { type Scenario, valueAt, wholeScenario } from '../scenario.js';
import { scenarioLines, scenarioListLines } from '../scenario-lines.js';

const site = demoSite();
const candidates = playable(site, demoKeys(site).keys, unjudgedZones(site));

t.test('every built-in scenario is valid, names its sources and fits the demo site', async (t) => {
  t.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  for (const scenario of SCENARIOS) {
    t.equal(faultOf(scenario), undefined, scenario.name);
    t.ok(
      scenario.sources.some((source) => /https:\/\/|assumed/.test(source)),
      `${scenario.name}: published, or marked as assumed`,
    );
    const { rate, readers } = wholeScenario(scenario);
    const needed = readersNeeded(candidates, wholeScenario(scenario), rate);
    t.ok(needed <= 1_500, `${scenario.name}: ${needed} readers`);
    if (readers.perMinute !== 'unlimited') t.ok(readers.perMinute <= 70);
    t.ok(durationMs(scenario.duration) <= 3_600_000);
  }
});

t.test('docs/scenarios.md lists the same scenarios', async (t) => {
  const docs = readFileSync('docs/scenarios.md', 'utf8');
  for (const { name, rate, duration, title } of SCENARIOS) {
    t.ok(
      docs.includes(`| \`${name}\` | ${rate} | ${duration} | ${title} |`),
      `${name} | ${rate} | ${duration} | ${title}`,
    );
  }
  t.equal(docs.match(/^\| `[a-z-]+` \| [\d.]+ \| /gm)?.length, SCENARIOS.length, 'and no others');
});

t.test('lists fit a terminal', async (t) => {
  const lines = [...scenarioListLines(SCENARIOS), ...SCENARIOS.flatMap(scenarioLines)];
  // URLs are not wrapped.
  for (const line of lines) if (!line.includes('https://')) t.ok(line.length <= 80, line);
  t.notOk(
    scenarioListLines(SCENARIOS).some((line) => line.includes('…')),
    'no title is truncated',
  );
  t.match(
    scenarioListLines(SCENARIOS).find((line) => line.startsWith('spike')),
    /^spike +200 +2m /,
  );
});

t.test('curves between points', async (t) => {
  const line = [
    { at: 0.2, value: 1 },
    { at: 0.4, value: 3 },
    { at: 0.4, value: 5 },
    { at: 1, value: 0 },
  ];
  for (const [at, value] of [
    [0, 1],
    [0.2, 1],
    [0.3, 2],
    [0.4, 3],
    [0.41, 4.917],
    [0.7, 2.5],
    [1, 0],
  ] as const) {
    t.ok(Math.abs(valueAt(line, at) - value) < 0.001, `at ${at}: ${valueAt(line, at)}`);
  }
});

t.test('reads a scenario by name or from a file', async (t) => {
  t.equal((await readScenario('lunch')).name, 'lunch');
  const mine = JSON.stringify({ ...steady, name: 'mine' });
  const folder = t.testdir({ 'mine.json': mine, 'bom.json': `\uFEFF${mine}`, 'not.json': '{' });
  t.equal((await readScenario(join(folder, 'mine.json'))).name, 'mine');
  t.equal((await readScenario(join(folder, 'bom.json'))).name, 'mine', 'with a byte-order mark');
  await t.rejects(readScenario('lunhc'), {
    code: 'SCENARIO_UNUSABLE',
    message: /Did you mean lunch\?.*office-morning/,
  });
  await t.rejects(readScenario(join(folder, 'none.json')), { message: /cannot be read.*swipegate-sim init/ });
  await t.rejects(readScenario(join(folder, 'not.json')), { message: /cannot be read/ });
});

t.test('names the problem of an invalid file', async (t) => {
  const wrong: [change: Record<string, unknown>, naming: RegExp][] = [
    [{ rate: 0 }, /rate/],
    [{ rate: '20' }, /rate/],
    [{ speed: 3 }, /speed/],
    [{ people: { strangers: 2 } }, /strangers/],
    [{ readers: { perMinute: 'fast' } }, /perMinute/],
    [{ duration: '20' }, /duration/],
    [{ duration: '0s' }, /duration 0s is not a time/],
    [{ profile: [] }, /profile/],
    [
      {
        profile: [
          { at: 0.5, value: 1 },
          { at: 0.2, value: 1 },
        ],
      },
      /profile\/1 has a smaller at/,
    ],
    [{ inbound: [{ at: 0, value: 2 }] }, /inbound\/0\/value must be 0 to 1/],
    [{ readers: { single: 0.5 } }, /single, array and ndjson must add up to 1, not 0\.5/],
    [{ attack: { wrongKey: 0.7, malformed: 0.7 } }, /attack: the shares must add up to 1 or less/],
    [{ people: { strangers: 0.7, lostCards: 0.7 } }, /strangers and lostCards must add up to 1 or less/],
    [{ search: { from: 10, most: 5, within: 0.1, probe: '5s' } }, /from must not be above most/],
    [{ thresholds: ['ack<5'] }, /ack/],
  ];
  for (const [change, naming] of wrong) {
    const folder = t.testdir({ 'mine.json': JSON.stringify({ ...steady, ...change }) });
    await t.rejects(
      readScenario(join(folder, 'mine.json')),
      { code: 'SCENARIO_UNUSABLE', message: naming },
      JSON.stringify(change),
    );
  }
  const zero: Scenario = { ...steady, warmUp: '0s' };
  t.equal(faultOf(zero), undefined, 'a warm-up of 0s is valid');
});
