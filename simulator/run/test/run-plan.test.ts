import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import { parseOptions } from '@swipegate/terminal/options';
import t from 'tap';
import { RUN_OPTIONS, runSettingsOf } from '../../commands/run-options.js';
import { steady } from '../../scenarios/built-in.js';
import { type Scenario, wholeScenario } from '../../scenarios/scenario.js';
import { planRun } from '../run-plan.js';

const site = demoSite();
const { keys } = demoKeys(site);

function plan(args: readonly string[], change: Partial<Scenario> = {}) {
  const settings = runSettingsOf(parseOptions('swipegate-sim run', args, RUN_OPTIONS).values);
  const scenario = wholeScenario({ ...steady, ...change });
  return planRun({ settings, scenario, trace: undefined, site, keys, target: new URL('http://127.0.0.1:1'), seed: 3 });
}

t.test('a scenario alone', async (t) => {
  const made = plan([], { duration: '2m', warmUp: '4s', thresholds: ['lost==0'] });
  t.match(made, { rate: 20, durationMs: 120_000, warmUpMs: 4_000, seed: 3, threads: 1, thresholds: ['lost==0'] });
  t.equal(plan([], { warmUp: '0s' }).warmUpMs, 0);
});

t.test('the command line overrides the scenario, but adds to its thresholds', async (t) => {
  const args = [
    '--rate',
    '5',
    '--duration',
    '7s',
    '--warm-up',
    '0s',
    '--seed',
    '9',
    '--threshold',
    'lost==0',
    '--threshold',
    'errors==0',
  ];
  const made = plan(args, { thresholds: ['lost==0'] });
  t.match(made, { rate: 5, durationMs: 7_000, warmUpMs: 0, seed: 9, thresholds: ['lost==0', 'errors==0'] });
  t.equal(plan(['--until-stopped']).durationMs, undefined);
});

t.test('readers: as many as the rate needs at the pace, and at least those of the site', async (t) => {
  t.equal(plan(['--rate', '1']).readers, 24);
  const many = plan(['--rate', '100']);
  // 50 people a second go in. 13 of 24 readers (or their copies) lead in, each passing at most one person in two seconds.
  t.ok(many.readers > (50 / 0.5) * (24 / 13) && many.readers < 2.2 * (50 / 0.5) * (24 / 13), `${many.readers} readers`);
  t.ok(plan(['--rate', '100', '--pace', '60']).readers < many.readers, 'faster turnstiles');
  t.equal(plan(['--rate', '500', '--pace', 'unlimited']).readers, 500, 'one per swipe/s');
  t.equal(plan(['--rate', '50000', '--pace', 'unlimited']).readers, 5_000);
  t.equal(plan(['--rate', '500', '--pace', 'unlimited', '--readers', '24']).readers, 24);
  t.ok(plan([], { inbound: [{ at: 0, value: 1 }], rate: 100 }).readers > many.readers * 1.5, 'all one way');
  t.throws(() => plan(['--rate', '100', '--readers', '24']), {
    code: 'OPTION_INVALID',
    message: /write --readers \d+ or more, a lower --rate, or --pace unlimited/,
  });
});

t.test('threads: one per 2,000 swipes/s, up to the number of cores', async (t) => {
  t.equal(plan(['--pace', 'unlimited', '--rate', '2000']).threads, 1);
  t.ok(plan(['--pace', 'unlimited', '--rate', '200000']).threads >= 1);
  t.equal(
    plan(['--pace', 'unlimited', '--rate', '8000', '--shard', '1/4', '--seed', '1']).threads,
    1,
    'a share of the rate',
  );
  t.equal(plan(['--threads', '3']).threads, 3);
});

t.test('a trace may name only readers of the site', async (t) => {
  const settings = runSettingsOf(parseOptions('swipegate-sim replay', [], RUN_OPTIONS).values);
  const swipe = { atMs: 0, readerId: 'hq-north-in-1', cardId: 'c', direction: undefined, duress: false };
  const input = {
    settings,
    scenario: wholeScenario(steady),
    site,
    keys,
    target: new URL('http://127.0.0.1:1'),
    seed: 1,
  };
  t.match(planRun({ ...input, trace: [swipe] }), { warmUpMs: 0, readers: 24 });
  t.throws(() => planRun({ ...input, trace: [swipe, { ...swipe, readerId: 'elsewhere' }] }), {
    message: /The trace uses reader elsewhere/,
  });
});
