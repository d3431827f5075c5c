// Own process: takes long.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { BACK_OFFICE_ALARMS } from '../../dashboard/back-office-alarms.js';
import { ALARMS, type OnOneMachine, WIDGETS } from '../../dashboard/dashboard.js';
import { SiteFiles } from '../demo/site-files.js';
import { moments } from '../ops/test/moments.js';
import { ChildRoster } from '../processes/child-roster.js';
import { type Stack, startStack } from '../start/stack.js';
import { grantedExample } from '../start/welcome.js';

/** Metrics of the back office, which is not started here; its own test covers them. */
const ALL_SERIES = [...WIDGETS.flatMap(({ series }) => series), ...ALARMS.map(({ series }) => series)].filter(
  (series) => !BACK_OFFICE_ALARMS.some((alarm) => alarm.series === series),
);

t.test('the ops page of a complete stack', async (t) => {
  const roster = new ChildRoster();
  t.teardown(() => roster.killAll());
  const stack = await startStack({
    port: 0,
    opsPort: 0,
    host: '127.0.0.1',
    rateLimitPerSecond: 1_000,
    files: new SiteFiles(t.testdir()),
    roster,
    say: () => undefined,
  });
  t.teardown(() => stack.ops.close());

  await t.test('some process reports each figure of the dashboard', async (t) => {
    const urls = [
      `${stack.gatewayUrl}/metrics`,
      String(stack.runner.child.ready['metricsUrl']),
      `${stack.cloud.dynamodbEndpoint}/metrics`,
    ];
    const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    const reported = new Set(Array.from(texts.join('\n').matchAll(/^# TYPE (\S+) /gm), ([, name]) => name));
    for (const { id, onOneMachine } of ALL_SERIES) {
      const name = nameIn(onOneMachine);
      if (name !== undefined) t.ok(reported.has(name), `${id}: ${name}`);
    }
  });

  await t.test('/ops of the gateway redirects to the ops page', async (t) => {
    const answer = await fetch(`${stack.gatewayUrl}/ops`, { redirect: 'manual' });
    t.match([answer.status, answer.headers.get('location')], [302, stack.ops.url]);
  });

  await t.test('the page shows a granted and a denied swipe', async (t) => {
    const example = grantedExample(stack.site);
    if (example === undefined) throw new Error('No card is granted anywhere');
    t.equal(await swipe(stack, example), 'granted');
    t.equal(await swipe(stack, { ...example, cardId: 'card-of-a-stranger' }), 'denied');
    for await (const { figures, alarms } of moments(stack.ops.url)) {
      const isShown = [
        'now/swipesAccepted',
        'now/decide-Decisions',
        'swipe-to-decision/swipeToDecision-p99',
        'reasons/reason/granted',
        'reasons/reason/denied-unknown-credential',
        'stream/swipes-stream-incomingbytes',
        'function/decide-function-invocations',
        'function-duration/decide-function-duration-p99',
        'tables/table-calls',
      ].every((key) => Number(figures[key] ?? 0) > 0);
      if (!isShown) continue;
      t.ok(Object.keys(figures).some((key) => key.startsWith('shards/shard/shardId-')));
      t.same(
        alarms.filter(({ state }) => state === 'alarm'),
        [],
      );
      break;
    }
    const denials = await fetch(new URL('/ops/denials', stack.ops.url));
    t.match(await denials.json(), { items: [{ cardId: 'card-of-a-stranger', reason: 'denied-unknown-credential' }] });
  });

  await t.test('gateway and decide die, start again at their addresses, and decide the next swipe', async (t) => {
    const example = grantedExample(stack.site);
    if (example === undefined) throw new Error('No card is granted anywhere');
    const services = [stack.gateway, stack.runner.child];
    const before = services.map(({ ready }) => ready);
    for (const { pid } of services) process.kill(pid, 'SIGKILL');
    while (roster.restarts.size < services.length || services.some(({ ready }) => before.includes(ready)))
      await delay(20);
    t.equal(await swipe(stack, example), 'granted');
    t.equal(stack.gateway.ready['url'], stack.gatewayUrl);
    t.equal(stack.runner.child.ready['metricsUrl'], before[1]?.['metricsUrl']);
    t.same(Object.fromEntries(roster.restarts), { gateway: 1, decide: 1 });
  });

  await t.test('the ops page stops with the stack', async (t) => {
    t.match(await stack.gateway.stop(), { code: 0 });
    await stack.runner.drain(30_000);
    await stack.ops.close();
    await stack.runner.child.stop();
    await stack.cloud.stop();
    await t.rejects(fetch(stack.ops.url));
  });
});

function nameIn(source: OnOneMachine): string | undefined {
  if ('increase' in source) return source.increase;
  if ('value' in source) return source.value;
  return 'of' in source ? source.of : undefined;
}

/** Posts a swipe and waits for its decision. */
async function swipe(
  { gatewayUrl, keys }: Stack,
  { readerId, cardId }: { readerId: string; cardId: string },
): Promise<unknown> {
  const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${keys[readerId]}`,
      prefer: 'wait=10',
    },
    body: JSON.stringify({ swipeId: randomUUID(), readAt: new Date().toISOString(), readerId, cardId }),
  });
  const said: unknown = await answer.json();
  return typeof said === 'object' && said !== null && 'outcome' in said ? said.outcome : said;
}
