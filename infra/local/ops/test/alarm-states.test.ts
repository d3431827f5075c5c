import { GATEWAY_METRICS } from '@swipegate/contract';
import { readEnvironment } from '@swipegate/lambdas/decide/environment';
import { decideMetrics } from '@swipegate/lambdas/decide/metrics';
import { Registry } from 'prom-client';
import t from 'tap';
import { ALARMS, WIDGETS } from '../../../dashboard/dashboard.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { samplesOf } from '../../metrics/scrape.js';
import { countUnreadable } from '../../sources/event-source/row-counters.js';
import { AlarmStates } from '../alarm-states.js';
import { figuresOf, isWanted } from '../figures.js';
import { Readings } from '../readings.js';

const MINUTE = 60_000;
const { requestsShed, spooledBytes, swipesAccepted, decisions, shardBytes } = GATEWAY_METRICS;

/** Readings of each second, with the lines that a function returns for it. */
function readingsOf(seconds: number, lines: (second: number) => string[]): Readings {
  const readings = new Readings({ keepMs: 15 * MINUTE, isWanted });
  for (let second = 0; second <= seconds; second++) {
    readings.add(second * 1_000, samplesOf(lines(second).join('\n')));
  }
  return readings;
}

t.test('an alarm becomes active only after all its periods are above the limit', async (t) => {
  const alarm = ALARMS.find(({ id }) => id === 'shed-requests');
  t.match(alarm, { limit: { above: 10 }, periods: 2 });
  const states = new AlarmStates();
  const stateAt = (readings: Readings, second: number) =>
    states.judge(readings, second * 1_000).find(({ id }) => id === 'shed-requests');
  const readings = readingsOf(300, (second) => [`${requestsShed.prometheus} ${second < 100 ? 0 : (second - 100) * 5}`]);
  t.match(stateAt(readings, 99), { state: 'ok', value: 0, sinceMs: 99_000 });
  t.match(stateAt(readings, 159), { state: 'ok', sinceMs: 99_000 }, 'one bad minute is not two');
  t.match(stateAt(readings, 230), { state: 'alarm', value: 300, sinceMs: 230_000 });
  t.match(stateAt(readings, 240), { state: 'alarm', sinceMs: 230_000 }, 'the start of the state stays');
});

t.test('missing data is not breaching; alarms that exist only on AWS are marked', async (t) => {
  const states = new AlarmStates().judge(
    readingsOf(0, () => []),
    0,
  );
  t.equal(states.length, ALARMS.length);
  for (const { id, state, value } of states) {
    const alarm = ALARMS.find((each) => each.id === id);
    const isElsewhere = alarm !== undefined && 'nowhere' in alarm.series.onOneMachine;
    t.equal(state, isElsewhere ? 'elsewhere' : 'ok', id);
    t.equal(value, null);
  }
});

t.test('a row that decide cannot read sets off its alarm on one machine too', async (t) => {
  const registry = new Registry();
  t.teardown(countUnreadable(registry));
  const readings = new Readings({ keepMs: 15 * MINUTE, isWanted });
  readings.add(0, samplesOf(await registry.metrics()));
  decideMetrics(readEnvironment({})).unreadable(2);
  readings.add(MINUTE, samplesOf(await registry.metrics()));
  const rows = new AlarmStates().judge(readings, MINUTE).find(({ id }) => id === 'unreadable-rows');
  t.match(rows, { state: 'alarm', value: 2 });
});

t.test('missing data is fine, bad, or leaves the state, and a limit can be a floor', async (t) => {
  const [first] = ALARMS.filter(({ id }) => id === 'spooling');
  if (first === undefined) throw new Error('no alarm');
  const because = 'Test.';
  const states = new AlarmStates([
    { ...first, id: 'fine', missing: { is: 'fine', because } },
    { ...first, id: 'bad', missing: { is: 'bad', because } },
    { ...first, id: 'unchanged', missing: { is: 'unchanged', because } },
    { ...first, id: 'floor', limit: { below: 1 }, missing: { is: 'fine', because } },
  ]);
  const stateAt = (readings: Readings, second: number) =>
    states.judge(readings, second * 1_000).map(({ state }) => state);
  const spooled = readingsOf(600, (second) =>
    second < 300 ? [`${spooledBytes.prometheus} ${second < 150 ? 5 : 0}`] : [],
  );
  t.same(stateAt(spooled, 140), ['alarm', 'alarm', 'alarm', 'ok']);
  t.same(stateAt(spooled, 290), ['ok', 'ok', 'ok', 'alarm']);
  t.same(stateAt(spooled, 590), ['ok', 'alarm', 'ok', 'ok'], 'no data for minutes');
  t.same(stateAt(spooled, 140), ['alarm', 'alarm', 'alarm', 'ok']);
  t.same(stateAt(spooled, 590), ['ok', 'alarm', 'alarm', 'ok'], 'the state before stays');
});

t.test('metrics in seconds are compared with limits in milliseconds', async (t) => {
  const readings = readingsOf(180, () => [`${LOCAL_METRICS.iteratorAge.name} 6`]);
  const age = new AlarmStates().judge(readings, 180_000).find(({ id }) => id === 'iterator-age');
  t.match(age, { state: 'alarm', value: 6_000 });
});

t.test('figures are rates per second, one per label where a series has labels', async (t) => {
  const readings = readingsOf(10, (second) => [
    `${swipesAccepted.prometheus} ${second * 20}`,
    `${decisions.prometheus}{outcome="granted",reason="granted"} ${second * 18}`,
    `${decisions.prometheus}{outcome="denied",reason="denied-lockout"} ${second * 2}`,
    `${shardBytes.prometheus}{shard="shardId-000000000001"} ${second * 1_024}`,
  ]);
  t.match(figuresOf(readings, 10_000), {
    'throughput/swipesAccepted': 20,
    'reasons/reason/granted': 18,
    'reasons/reason/denied-lockout': 2,
    'shards/shard/shardId-000000000001': 1_024,
    'buffers/bufferedBytes': null,
  });
});

t.test('each widget has a figure for each series available on one machine', async (t) => {
  const figures = figuresOf(
    readingsOf(10, () => ['up 1']),
    10_000,
  );
  for (const { id, series } of WIDGETS) {
    for (const each of series) {
      if ('nowhere' in each.onOneMachine || 'by' in each.onOneMachine) continue;
      t.ok(`${id}/${each.id}` in figures, `${id}/${each.id}`);
    }
  }
});
