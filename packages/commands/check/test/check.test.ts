import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchWrite } from '@swipegate/aws/batch-write';
import { scanPages } from '@swipegate/aws/pages';
import { CHECK_TENANT, type Decision, decisionRow, hashApiKey, TABLES, tenantKey } from '@swipegate/contract';
import { startDatabase } from '@swipegate/infra/testing/local-database';
import t from 'tap';
import { checkCloudWatch } from '../alarms.js';
import { type CheckParts, check } from '../check.js';
import { type CheckResult, resultLines } from '../check-run.js';
import { readEnvironment } from '../environment.js';
import { readOptions } from '../options.js';
import { LEASE_MS, TestTenant } from '../test-tenant.js';

const { dynamodb } = await startDatabase(t);
const environment = readEnvironment({});

/** Breaks every write from this one on, as a killed process does. */
let diesAt = Number.POSITIVE_INFINITY;
let calls = 0;
dynamodb.middlewareStack.add(
  (next, { commandName = '' }) =>
    (args) => {
      if (!/Get|Query|Scan/.test(commandName) && calls++ >= diesAt) throw new Error('killed');
      return next(args);
    },
  { step: 'initialize' },
);

/** How the gateway's stand-in answers swipes, instead of deciding them. */
let answerInstead: (() => { status: number; body: unknown }) | undefined;
const gateway = await startGateway();

/** Knows keys and cards as the product does, and writes what decide and the other functions write. */
async function startGateway(): Promise<string> {
  const read = async (tableName: string, key: Record<string, string>) =>
    (await batchGet(dynamodb, [{ tableName, key }])).get(tableName)?.[0];
  const decisions = new Map<string, Decision>();
  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const path = request.url ?? '';
    if (path === '/healthz' || path === '/readyz') return send(200, { status: 'fine' });
    if (path === '/docs/json') return send(200, { info: { version: '1.2.3' } });
    if (path === '/v1/me') return send(401, {});
    const key = String(request.headers.authorization).replace('Bearer ', '');
    if ((await read(TABLES.apiKeys, { keyHash: hashApiKey(key) })) === undefined) return send(401, {});
    const swipeId = path.split('/')[3];
    if (swipeId !== undefined) return send(200, decisions.get(swipeId));
    const swipe: { swipeId: string; cardId: string; readerId: string; readAt: string } = JSON.parse(
      await text(request),
    );
    const instead = answerInstead?.();
    if (instead !== undefined) return send(instead.status, instead.body);
    const cardKey = tenantKey(CHECK_TENANT, swipe.cardId);
    const card = await read(TABLES.cards, { cardKey });
    const isGood = card?.['status'] === 'active';
    const decision: Decision = {
      ...swipe,
      tenantId: CHECK_TENANT,
      outcome: isGood ? 'granted' : 'denied',
      reason: isGood ? 'granted' : 'denied-authentication-factor-lost',
      direction: 'in',
      receivedAt: swipe.readAt,
      decidedAt: swipe.readAt,
      timeBasis: 'readAt',
      sequence: `${'0'.repeat(56)}.000000`,
    };
    decisions.set(swipe.swipeId, decision);
    await batchWrite(dynamodb, TABLES.presence, [{ cardKey, version: 1 }]);
    await batchWrite(dynamodb, TABLES.decisions, [decisionRow(decision, 4_000_000_000)]);
    await batchWrite(dynamodb, TABLES.readerContacts, [{ tenantId: CHECK_TENANT, readerId: swipe.readerId }]);
    await batchWrite(dynamodb, TABLES.occupancy, [
      { buildingKey: tenantKey(CHECK_TENANT, 'check'), countedAt: swipe.readAt },
    ]);
    await batchWrite(dynamodb, TABLES.doorEvents, [
      { readerKey: tenantKey(CHECK_TENANT, swipe.readerId), eventId: swipe.swipeId },
    ]);
    send(200, decision);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
}

/** Rows of all tables. */
async function allRows(): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const tableName of Object.values(TABLES)) {
    for await (const rows of scanPages(dynamodb, tableName)) found.push(...rows);
  }
  return found;
}

const newTenant = (nowMs = Date.now()) => new TestTenant(dynamodb, environment, { nowMs, lateMs: 1 });

async function runCheck(parts: Partial<CheckParts> = {}) {
  const results: CheckResult[] = [];
  const run = await check({
    gateway,
    api: undefined,
    tenant: newTenant(),
    alarms: undefined,
    onResult: (result) => results.push(result),
    signal: new AbortController().signal,
    ...parts,
  });
  return { isOk: run.isOk, results, stateOf: (name: string) => results.find((each) => each.name === name) };
}

t.test('an installation that works: every check is ok, and no row is left', async (t) => {
  const { isOk, results } = await runCheck({ api: gateway, alarms: async () => 'two' });
  t.ok(isOk, JSON.stringify(results));
  t.equal(results.length, 10);
  t.match(results[0], { name: 'gateway answers', detail: 'version 1.2.3' });
  t.same(await allRows(), []);
  t.ok(results.flatMap(resultLines).every((line) => line.length <= 100));
});

t.test('a fault is named with what to look at, and no row is left', async (t) => {
  t.teardown(() => {
    answerInstead = undefined;
  });
  const late = { status: 202, body: {} };
  const full = { status: 503, body: { code: 'overloaded', detail: 'Too many requests.' } };
  for (const [instead, detail, lookAt] of [
    [late, /stored, but was not decided within 10 s/, /the function decide/],
    [full, /503 overloaded: Too many requests\./, /decide/],
  ] as const) {
    answerInstead = () => instead;
    const { isOk, stateOf } = await runCheck();
    t.notOk(isOk);
    t.match(stateOf('a good card is granted'), { state: 'failed', detail, lookAt });
    t.match(stateOf('its decision is read back'), { state: 'skipped' });
    t.match(stateOf('test tenant is removed'), { state: 'ok' });
    t.same(await allRows(), []);
  }
  const dead = await runCheck({ gateway: 'http://127.0.0.1:4' });
  t.match(dead.results[0], { state: 'failed', detail: /cannot be reached/, lookAt: /the URL/ });
  t.match(dead.stateOf('test tenant is written'), { state: 'skipped' });
  t.match(resultLines({ name: 'x', state: 'failed', ms: 3, detail: 'd', lookAt: 'y' }), [/FAILED/, /Look at: y$/]);
});

t.test('Ctrl-C ends the checks, and no row is left', async (t) => {
  const stopping = new AbortController();
  answerInstead = () => {
    stopping.abort();
    return { status: 202, body: {} };
  };
  t.teardown(() => {
    answerInstead = undefined;
  });
  const { isOk, stateOf } = await runCheck({ signal: stopping.signal });
  t.notOk(isOk);
  t.match(stateOf('a good card is granted'), { state: 'failed', detail: 'stopped' });
  t.match(stateOf('a lost card is denied'), { state: 'skipped', detail: 'stopped' });
  t.match(stateOf('test tenant is removed'), { state: 'ok' });
  t.same(await allRows(), []);
});

t.test('a run that is killed between two writes is removed by the next', async (t) => {
  // The stand-in uses the same client: only the writing and the removing are cut short.
  const writing = async (from: number): Promise<boolean> => {
    const tenant = newTenant();
    [calls, diesAt] = [0, from];
    const work = tenant.create().then(() => tenant.remove());
    const isWhole = await work.then(
      () => true,
      () => false,
    );
    diesAt = Number.POSITIVE_INFINITY;
    return isWhole;
  };
  let killed = 0;
  while (!(await writing(killed))) {
    const next = newTenant(Date.now() + LEASE_MS + 1);
    await next.create();
    await next.remove();
    t.same(await allRows(), [], `killed at write ${killed}`);
    // Every fifth is enough: they are alike.
    killed += 5;
  }
  t.ok(killed > 15, `${killed} writes`);
});

t.test('two checks do not run at once', async (t) => {
  const first = newTenant();
  await first.create();
  const second = await runCheck();
  t.match(second.stateOf('test tenant is written'), {
    state: 'failed',
    detail: /Another check of this stage runs on .*, process \d+\. Wait until it ends\. .*after 20/,
  });
  t.ok((await allRows()).length > 5, 'the second leaves the rows of the first');
  await first.remove();
  t.same(await allRows(), []);
});

t.test('alarms must exist and tell somebody', async (t) => {
  const cloudwatch = new CloudWatchClient({ region: 'eu-central-1' });
  let output: object = {};
  cloudwatch.middlewareStack.add(() => async () => ({ output: { $metadata: {}, ...output }, response: {} }), {
    step: 'initialize',
  });
  const metric = (id: string, StateValue: string) => ({ AlarmName: `swipegate-test-${id}`, StateValue });
  const composite = (id: string, ...AlarmActions: string[]) => ({ AlarmName: `swipegate-test-${id}`, AlarmActions });
  output = { MetricAlarms: [], CompositeAlarms: [] };
  await t.rejects(checkCloudWatch(cloudwatch, 'test'), { message: /no alarm whose name begins with swipegate-test-/ });
  output = {
    MetricAlarms: [metric('a', 'OK'), metric('b', 'ALARM')],
    CompositeAlarms: [composite('page', 'topic'), composite('ticket')],
  };
  await t.rejects(checkCloudWatch(cloudwatch, 'test'), { message: /The alarms reach nobody: swipegate-test-ticket/ });
  output = { ...output, CompositeAlarms: [composite('page', 'topic'), composite('ticket', 'topic')] };
  t.match(await checkCloudWatch(cloudwatch, 'test'), /^2 alarms; on: b \(docs/);
});

t.test('options say what is missing or wrong', async (t) => {
  t.match(readOptions(['--target', 'https://gate.example/', '--no-alarms']), {
    target: 'https://gate.example',
    alarms: false,
    json: false,
  });
  t.match(readOptions(['--local', 'cloud.json']), { target: undefined, local: 'cloud.json' });
  t.equal(readOptions(['-h']), undefined);
  for (const [args, message] of [
    [[], /--target is missing: write --target URL, or --local/],
    [['--target', 'gate.example'], /--target gate.example is not an http URL/],
    [['--traget', 'x'], /Did you mean --target/],
  ] as const) {
    t.throws(() => readOptions(args), { code: 'OPTION_INVALID', message }, args.join(' '));
  }
});
