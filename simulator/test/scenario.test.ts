// Own process: changes process.env.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiKey, cardFormatsOfKey, hashApiKey, newApiKey } from '@swipegate/contract';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startChild } from '@swipegate/infra/local/processes/child';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { startRunner } from '@swipegate/infra/local/sources/runner';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t from 'tap';
import { type Fleet, planFleet, serialHashOf } from '../devices/fleet.js';
import { resultLines } from '../report/lines/result-lines.js';
import type { RunResult } from '../report/result/run-result.js';
import { run } from '../run/run.js';
import { SCENARIOS, steady } from '../scenarios/built-in.js';
import { wholeScenario } from '../scenarios/scenario.js';
import { readTrace } from '../schedule/trace.js';
import { quickRun } from './quick-run.js';

/** All features at once: each kind of posting, offline readers, clock skew, misbehaving people and hostile posts. */
const everything = wholeScenario({
  ...steady,
  people: {
    strangers: 0.03,
    lostCards: 0.02,
    wrongSide: 0.08,
    tailgating: 0.05,
    forgetsToSwipeOut: 0.05,
    duress: 0.01,
    tapsTwice: 0.1,
  },
  readers: {
    perMinute: 'unlimited',
    single: 0.4,
    array: 0.3,
    ndjson: 0.3,
    controllerLingerMs: 50,
    clockSkewMs: 500,
    heartbeat: '2s',
    offline: { share: 0.5, every: '2s', for: '1s' },
  },
  attack: { unknownCard: 0.05, wrongKey: 0.05, otherReadersKey: 0.05, replayed: 0.05, malformed: 0.1 },
});

const [deviceScenario] = SCENARIOS.filter(({ name }) => name === 'devices').map(wholeScenario);
if (deviceScenario === undefined) throw new Error('there is no scenario devices');

/** Rows of the api-keys table for the devices of a fleet, and the keys of those that have one. */
function deviceKeys(fleet: Fleet, tenantId: string): { rows: ApiKey[]; keys: Record<string, string> } {
  const keys: Record<string, string> = {};
  const rowOf = (keyHash: string, name: string, readerIds: string[]): ApiKey => {
    const readers = fleet.readers.filter(({ readerId }) => readerIds.includes(readerId));
    return { keyHash, keyId: `key-${name}`, tenantId, readerIds, ...cardFormatsOfKey(readers, fleet.numbers) };
  };
  const issue = (name: string): string => {
    const key = newApiKey();
    keys[name] = key;
    return hashApiKey(key);
  };
  const rows = fleet.devices.flatMap((planned) => {
    const { registered, deviceId, ways } = planned;
    const readerIds = ways.map(({ readerId }) => readerId);
    if (registered === undefined) return readerIds.map((readerId) => rowOf(issue(readerId), readerId, [readerId]));
    const { serial: _, ...device } = registered;
    return { ...rowOf(serialHashOf(planned, tenantId) ?? issue(deviceId), deviceId, readerIds), device };
  });
  return { rows, keys };
}

t.test('scenarios against the real gateway, decided by the real function', async (t) => {
  const folder = t.testdir();
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const roster = new ChildRoster();
  t.teardown(() => roster.killAll());
  // Threads of the simulator create their DynamoDB clients from the environment.
  const before = { ...process.env };
  Object.assign(process.env, cloud.env);
  t.teardown(() => {
    for (const name of Object.keys(cloud.env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const { dynamodb } = cloud.clients;
  const site = demoSite();
  const { keys, rows } = demoKeys(site);
  const fleet = planFleet(site, { ...deviceScenario.devices?.counts }, 'full');
  const devices = deviceKeys(fleet, site.tenantId);
  const whole = {
    ...site,
    readers: [...site.readers, ...fleet.readers],
    employees: [...site.employees, ...fleet.employees],
    cards: [...site.cards, ...fleet.cards],
  };
  await seed(dynamodb, whole, [...rows, ...devices.rows]);
  const runner = await startRunner({
    env: cloud.env,
    logFile: join(folder, 'decide.log'),
    onFailureFile: join(folder, 'failed.jsonl'),
    checkpointsFile: join(folder, 'decide.json'),
    roster,
  });
  const startGateway = async (ports: Record<'PORT' | 'DEVICE_PORT', string>) => {
    const child = await startChild({
      name: 'gateway',
      module: new URL(import.meta.resolve('@swipegate/gateway/main')),
      env: { ...cloud.env, ...ports, HOST: '127.0.0.1', DECISIONS_POLL_MS: '100', DEVICE_TENANT: site.tenantId },
      logFile: join(folder, 'gateway.log'),
    });
    t.teardown(() => child.kill());
    return child;
  };
  let gateway = await startGateway({ PORT: '0', DEVICE_PORT: '0' });
  const target = String(gateway.ready['url']);
  const recordFile = join(folder, 'swipes.ndjson');
  const signal = new AbortController().signal;
  const shared = { target, site, keys, dynamodb, signal, durationMs: 6_000, rate: 100 };
  const text = (result: RunResult) => resultLines(result, { color: false, columns: 80 }).join('\n');

  await t.test(
    'two threads, all features at once: every swipe is decided correctly, every attack repelled',
    async (t) => {
      const result = await run(quickRun({ ...shared, scenario: everything, threads: 2, recordFile }));
      t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 }, text(result));
      t.match(result.counts, { refused: 0, unanswered: 0 }, text(result));
      t.ok(result.counts.accepted > 200, text(result));
      t.ok(Object.keys(result.outcomes.recorded).length > 0, 'some readers were offline');
      t.ok((result.outcomes.denied['denied-unknown-credential'] ?? 0) > 0, 'strangers came');
      t.same(Object.keys(result.attacks ?? {}).sort(), [
        'malformed',
        'otherReadersKey',
        'replayed',
        'unknownCard',
        'wrongKey',
      ]);
      for (const [kind, { sent, repelled }] of Object.entries(result.attacks ?? {}))
        t.equal(repelled, sent, `${kind}: ${text(result)}`);
      t.same(
        Object.keys(result.problems).filter((problem) => problem.startsWith('heartbeat')),
        [],
      );
      t.ok(result.decision.fromDue.count > 100 && result.ack.fromSend.count > 50);
      t.equal(result.shard, undefined, 'threads are not shards');
    },
  );

  await t.test('a recorded run can be replayed, faster', async (t) => {
    const lines = readFileSync(recordFile, 'utf8').trim().split('\n');
    const trace = await readTrace(recordFile, 4);
    t.equal(trace.length, lines.length);
    const result = await run(quickRun({ ...shared, trace, durationMs: undefined }));
    t.equal(result.counts.due, trace.length);
    t.equal(result.counts.accepted, trace.length, text(result));
    t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 }, text(result));
  });

  const deviceUrl = String(gateway.ready['deviceUrl']);
  const deviceRun = (devicesOfRun: Fleet['devices'], more: Partial<Parameters<typeof quickRun>[0]> = {}) => {
    const { readers, employees, cards } = fleet;
    const ownReaders = devicesOfRun.flatMap(({ ways }) => ways.map(({ readerId }) => readerId));
    const { devices: traffic } = deviceScenario;
    if (traffic === undefined) throw new Error('the scenario has no devices');
    return run(
      quickRun({
        ...shared,
        site: {
          ...site,
          readers: readers.filter(({ readerId }) => ownReaders.includes(readerId)),
          employees: [...employees],
          cards: [...cards],
        },
        // In five seconds, enough people whom no device may let in.
        scenario: { ...deviceScenario, people: { ...deviceScenario.people, strangers: 0.2, wrongSide: 0.3 } },
        rate: 25,
        durationMs: 5_000,
        devices: {
          run: { fleet: { ...fleet, devices: devicesOfRun }, keys: devices.keys, port: deviceUrl },
          traffic: { ...traffic, hostile: '0.3s' },
        },
        ...more,
      }),
    );
  };

  await t.test('devices of each make, with faults of their own: every record has one correct decision', async (t) => {
    const result = await deviceRun(fleet.devices);
    t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 }, text(result));
    // A busy machine may decide too late. Then the door stays shut, which the faults cover.
    t.match(result.problems, { NO_OK: undefined }, 'each record got its OK');
    t.ok(
      (result.outcomes.granted['granted'] ?? 0) > 10 && (result.outcomes.recorded['granted'] ?? 0) > 10,
      text(result),
    );
    t.ok(Object.keys(result.outcomes.denied).length > 0, text(result));
    const attacks = Object.entries(result.attacks ?? {});
    t.ok(attacks.length > 2);
    for (const [kind, { sent, repelled }] of attacks) t.equal(repelled, sent, `${kind}: ${text(result)}`);
  });

  await t.test('a gateway killed under its devices: they lose nothing', async (t) => {
    let killed: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await gateway.kill();
      gateway = await startGateway({ PORT: new URL(target).port, DEVICE_PORT: new URL(deviceUrl).port });
    };
    // A gateway knows its Hikvision questions only as long as it lives: their records are swipes of their own later.
    const result = await deviceRun(
      fleet.devices.filter(({ kind }) => kind !== 'hikvision'),
      {
        onProgress: ({ totals }) => {
          if (totals.accepted > 10) killed ??= restart();
        },
      },
    );
    await killed;
    t.ok(killed !== undefined, 'the gateway was killed');
    t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 }, text(result));
    t.match(result.problems, { NO_OK: undefined }, 'each record got its OK in the end');
    t.ok(result.counts.retries > 0 && result.counts.accepted > 50, text(result));
  });

  t.match(await gateway.stop(), { code: 0 });
  await runner.drain(30_000);
  await runner.child.stop();
});
