// Own process: takes long.
import { setTimeout as delay } from 'node:timers/promises';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { STREAMS } from '@swipegate/contract';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { type Child, startChild } from '@swipegate/infra/local/processes/child';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t, { type Test } from 'tap';
import { addKey } from '../../test/keys.js';
import { swipesOnStream } from '../../test/swipes-on-stream.js';
import { decisionFor, json, KEY, swipe } from '../../test/test-app.js';

async function startGateway(t: Test, cloud: ProvisionedCloud): Promise<Child> {
  const gateway = await startChild({
    name: 'gateway',
    module: new URL('../../main.js', import.meta.url),
    env: {
      ...cloud.env,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'error',
      DECISIONS_POLL_MS: '50',
      GATEWAY_WORKERS: '2',
      DEVICE_PORT: '0',
    },
  });
  t.teardown(() => gateway.kill());
  return gateway;
}

/** Posts on a new connection, so that every process gets some requests. */
function post(gateway: Child, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.ready['url']}/v1/swipes`, {
    method: 'POST',
    headers: { ...json, connection: 'close', ...headers },
    body: JSON.stringify(body),
  });
}

async function metricsOf(gateway: Child): Promise<string> {
  return (await fetch(`${gateway.ready['url']}/metrics`)).text();
}

async function metricOf(gateway: Child, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await metricsOf(gateway))?.[1]);
}

async function swipeIdsOnStream(cloud: ProvisionedCloud): Promise<Set<string>> {
  return new Set(Array.from((await swipesOnStream(cloud)).values()).flat());
}

t.test('two HTTP workers with one producer', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  await addKey(cloud);
  const gateway = await startGateway(t, cloud);
  const accepted = new Set<string>();
  const postAll = async (count: number): Promise<number> => {
    const answers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const posted = swipe({ cardId: `card-${i}` });
        const response = await post(gateway, posted).catch(() => undefined);
        if (response?.status === 202) accepted.add(String(posted['swipeId']));
        return response?.status;
      }),
    );
    return answers.filter((status) => status === 202).length;
  };

  await t.test('every answered swipe is durable and counted once over all processes', async (t) => {
    t.equal(await postAll(60), 60);
    t.same(await swipeIdsOnStream(cloud), accepted);
    t.equal(await metricOf(gateway, 'swipegate_swipes_accepted_total'), 60);
    t.equal(await metricOf(gateway, 'swipegate_producer_user_records_total'), 60);
    t.match(await (await fetch(`${gateway.ready['url']}/readyz`)).json(), { status: 'ready' });
  });

  await t.test('a decision reaches the worker whose request waits for it', async (t) => {
    const swipes = Array.from({ length: 6 }, () => swipe());
    const waiting = swipes.map((each) => post(gateway, each, { prefer: 'wait=20' }));
    const shown = swipe({ cardId: 'card-at-the-hook' });
    const query = `reader=${shown['readerId']}&card=${shown['cardId']}&swipeId=${shown['swipeId']}&wait=20`;
    const hook = fetch(`${gateway.ready['deviceUrl']}/hook/${KEY}?${query}`);
    while ((await metricOf(gateway, 'swipegate_waiting_requests')) < swipes.length + 1) await delay(20);
    for (const each of [...swipes, shown]) {
      await cloud.clients.kinesis.send(
        new PutRecordCommand({
          StreamName: STREAMS.decisions,
          PartitionKey: 'k',
          Data: Buffer.from(JSON.stringify(decisionFor(each))),
        }),
      );
    }
    const opened = await hook;
    t.same([opened.status, await opened.text()], [200, 'granted'], 'the device port is open in every worker');
    accepted.add(String(shown['swipeId']));
    const answers = await Promise.all(waiting);
    t.same(
      answers.map(({ status }) => status),
      swipes.map(() => 200),
    );
    const decisions = await Promise.all(answers.map((answer) => answer.json()));
    t.same(
      decisions.map((decision) => (isSwipe(decision) ? decision.swipeId : decision)),
      swipes.map((each) => each['swipeId']),
    );
    for (const each of swipes) accepted.add(String(each['swipeId']));
  });

  await t.test('a killed worker is replaced; every answered swipe is on the stream', async (t) => {
    const pids = async () => childrenOf(gateway.pid);
    const before = await pids();
    t.equal(before.length, 2);
    process.kill(before[0] ?? 0, 'SIGKILL');
    while ((await pids()).length < 2 || (await pids()).includes(before[0] ?? 0)) {
      await delay(20);
    }
    await postAll(40);
    const found = await swipeIdsOnStream(cloud);
    t.same(
      Array.from(accepted).filter((swipeId) => !found.has(swipeId)),
      [],
    );
  });

  await t.test('shuts down gracefully', async (t) => {
    const answer = post(gateway, swipe());
    await answer;
    const children = await childrenOf(gateway.pid);
    t.match(await gateway.stop(), { code: 0 });
    t.same(children.filter(isAlive), [], 'no process remains');
  });
});

/** Returns the ids of a process's children. Linux only (/proc). */
async function childrenOf(pid: number): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

function isSwipe(value: unknown): value is { swipeId: string } {
  return typeof value === 'object' && value !== null && 'swipeId' in value;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
