// Own process: takes long.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '@swipegate/commands/admin-api/connection';
import { applyCommand } from '@swipegate/commands/site/apply-command';
import type { ChangeStatus, EmployeePage, ImportStatus, ImportUpload } from '@swipegate/contract';
import type { LiveView } from '@swipegate/simulator/report/lines/live';
import { run } from '@swipegate/simulator/run/run';
import { quickRun } from '@swipegate/simulator/test/quick-run';
import t from 'tap';
import { BACK_OFFICE_ALARMS } from '../../dashboard/back-office-alarms.js';
import { ALARMS, type OnOneMachine, WIDGETS } from '../../dashboard/dashboard.js';
import { SiteFiles } from '../demo/site-files.js';
import { moments } from '../ops/test/moments.js';
import { ChildRoster } from '../processes/child-roster.js';
import { audit } from '../start/audit.js';
import { startStack } from '../start/stack.js';
import { grantedExample } from '../start/welcome.js';

const REPLAY = fileURLToPath(new URL(import.meta.resolve('@swipegate/commands/replay/cli')));
const FIRST_SITE = `
buildings:
  hq:
    timeZone: Europe/Berlin
    zones:
      offices:
        doors:
          - {door: North entrance, in: north-in, out: north-out}
schedules:
  always: {open: {daily: 00:00-24:00}}
accessLevels:
  staff: {zones: [offices], schedule: always}
`;
/** Required time from a click in the back office to its effect at the door, ms. */
const WITHIN_MS = 5_000;
/** Everything that the dashboard shows. */
const ALL_SERIES = [
  ...WIDGETS.flatMap(({ series }) => series),
  ...[...ALARMS, ...BACK_OFFICE_ALARMS].map(({ series }) => series),
];

t.test('a complete stack', async (t) => {
  const roster = new ChildRoster();
  t.teardown(() => roster.killAll());
  const files = new SiteFiles(t.testdir());
  const stack = await startStack({
    port: 0,
    opsPort: 0,
    consolePort: 0,
    host: '127.0.0.1',
    rateLimitPerSecond: 1_000,
    files,
    roster,
    say: () => undefined,
  });
  t.teardown(() => stack.ops.close());
  const { backOffice, gatewayUrl, site } = stack;
  if (backOffice === undefined) throw new Error('There is no back office');
  const example = grantedExample(site);
  if (example === undefined) throw new Error('No card is granted anywhere');
  const { readerId } = example;
  const buildingId = site.readers.find((reader) => reader.readerId === readerId)?.buildingId;
  const holder = site.cards.find((card) => card.cardId === example.cardId)?.employeeId;
  const accessLevelIds = site.employees.find(({ employeeId }) => employeeId === holder)?.accessLevelIds;
  const employee = { employeeId: 'emp-new', name: 'Nina New', card: 'card-new' };

  async function ask<Answer = unknown>(who: string, method: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${backOffice?.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${backOffice?.tokens[who]}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'PUT' ? { 'if-none-match': '*' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = JSON.parse(await answer.text());
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  }

  /** Sends a change and waits until it is finished. @returns its final status and how long it took, ms */
  async function change(who: string, method: string, path: string, body: object) {
    const began = performance.now();
    const { changeId } = await ask<ChangeStatus>(who, method, path, body);
    for (;;) {
      const status = await ask<ChangeStatus>(who, 'GET', `/v1/changes/${changeId}`);
      const { state, code } = status;
      if (state === 'applied' || state === 'rejected') return { state, code, ms: performance.now() - began, status };
      await delay(20);
    }
  }

  async function swipe(cardId: string, key = stack.keys[readerId], at = readerId) {
    const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, prefer: 'wait=10' },
      body: JSON.stringify({ swipeId: randomUUID(), readAt: new Date().toISOString(), readerId: at, cardId }),
    });
    const said: unknown = await answer.json();
    return { status: answer.status, said };
  }

  await t.test('some process reports each figure of the dashboard', async (t) => {
    const urls = [
      `${gatewayUrl}/metrics`,
      String(stack.runner.child.ready['metricsUrl']),
      `${stack.cloud.dynamodbEndpoint}/metrics`,
      backOffice.metricsUrl,
    ];
    const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    const reported = new Set(Array.from(texts.join('\n').matchAll(/^# TYPE (\S+) /gm), ([, name]) => name));
    for (const { id, onOneMachine } of ALL_SERIES) {
      const name = nameIn(onOneMachine);
      if (name !== undefined) t.ok(reported.has(name), `${id}: ${name}`);
    }
    for (const { id, series } of BACK_OFFICE_ALARMS) {
      const name = nameIn(series.onOneMachine);
      if (name !== undefined) t.match(texts.at(-1), new RegExp(`^${name} 0(\\.\\d+)?$`, 'm'), id);
    }
  });

  await t.test('/ops of the gateway redirects to the ops page', async (t) => {
    const answer = await fetch(`${gatewayUrl}/ops`, { redirect: 'manual' });
    t.match([answer.status, answer.headers.get('location')], [302, stack.ops.url]);
  });

  await t.test('the ops page shows a granted and a denied swipe', async (t) => {
    t.match(await swipe(example.cardId), { said: { outcome: 'granted' } });
    t.match(await swipe('card-of-a-stranger'), { said: { outcome: 'denied' } });
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

  await t.test(
    'a card that is issued opens the door, and one that is reported lost does not, within 5 s',
    async (t) => {
      t.match(await swipe(employee.card), { said: { outcome: 'denied', reason: 'denied-unknown-credential' } });
      const { employeeId, name } = employee;
      const hired = { name, active: true, accessLevelIds, why: 'First day at work' };
      t.match(await change('hanna', 'PUT', `/v1/employees/${employeeId}`, hired), { state: 'applied' });
      const link = { employeeId, buildingId, why: 'First card' };
      const linked = await change('hanna', 'POST', `/v1/cards/${employee.card}/link`, link);
      t.match(linked, { state: 'applied', status: { by: { userName: 'hanna' }, why: 'First card' } });
      t.ok(linked.ms < WITHIN_MS, `${Math.round(linked.ms)} ms`);
      t.match(await ask('hanna', 'GET', `/v1/cards/${employee.card}`), {
        status: 'active',
        presence: { inside: true },
      });
      t.match(await swipe(employee.card), { said: { outcome: 'granted', employeeId } });

      const lost = await change('samuel', 'POST', `/v1/cards/${employee.card}/lost`, { why: 'Left on the train' });
      t.match(lost, { state: 'applied' });
      t.ok(lost.ms < WITHIN_MS, `${Math.round(lost.ms)} ms`);
      const denied = { outcome: 'denied', reason: 'denied-authentication-factor-lost' };
      t.match(await swipe(employee.card), { said: denied });
    },
  );

  await t.test('a new tenant gets its site by a file alone, and its first card opens the door', async (t) => {
    const user = { username: 'ada', name: 'Ada', email: 'ada@acme.example', group: 'acme:admin' };
    await fetch(`${backOffice.signInUrl}/local/users`, { method: 'POST', body: new URLSearchParams(user) });
    const folder = t.testdir({ 'site.yaml': FIRST_SITE });
    const [siteFile, keysFile] = [join(folder, 'site.yaml'), join(folder, 'keys.json')];
    const shown = new PassThrough();
    const io = { stdout: shown, stderr: process.stderr, env: {} };
    const who = ['--local', files.keysFile, '--user', 'ada'];
    t.equal(await applyCommand.run([siteFile, '--why', 'Opening', '--keys', keysFile, ...who], io), 0);
    t.match(String(shown.read()), /Tenant acme .*Done\. The keys are in /s);
    const client = await connect({ local: files.keysFile, user: 'ada' }, io);
    const send = async (method: 'PUT' | 'POST', path: string, body: object, expects?: 'absent') => {
      const request = { method, path, body, why: 'First day', changeId: randomUUID(), ...(expects && { expects }) };
      t.match(await client.settled((await client.send(request)).changeId), { state: 'applied' });
    };
    await send('PUT', '/v1/employees/nina', { name: 'Nina', active: true, accessLevelIds: ['staff'] }, 'absent');
    await send('POST', '/v1/cards/card-1/link', { employeeId: 'nina', buildingId: 'hq' });
    const { keys } = JSON.parse(readFileSync(keysFile, 'utf8'));
    t.match(await swipe('card-1', keys['north-in'], 'north-in'), { said: { outcome: 'granted', employeeId: 'nina' } });
  });

  await t.test('HR sees why an impossible change was rejected', async (t) => {
    const link = { employeeId: employee.employeeId, buildingId: 'nowhere', why: 'A mistake' };
    t.match(await change('hanna', 'POST', '/v1/cards/card-2/link', link), {
      state: 'rejected',
      code: 'building-unknown',
    });
    const { items } = await ask<{ items: ChangeStatus[] }>('hanna', 'GET', `/v1/changes?employeeId=emp-new`);
    t.match(items, [
      { state: 'rejected', code: 'building-unknown', reason: /nowhere/ },
      { state: 'applied', content: { type: 'change-card', action: 'lost' } },
      { state: 'applied', content: { type: 'link-card' } },
      { state: 'applied', content: { type: 'set-employee' } },
    ]);
  });

  await t.test("a reader's new key works immediately; the old one works until it is revoked", async (t) => {
    const issued = await ask<ChangeStatus & { key: string; keyId: string }>(
      'samuel',
      'POST',
      `/v1/readers/${readerId}/keys`,
      { why: 'Rotation', overlapHours: 1 },
    );
    await change('samuel', 'POST', `/v1/cards/card-none/suspend`, { why: 'Behind it in the line' });
    t.match(await swipe('card-none', issued.key), { status: 200 });
    t.match(await swipe('card-none'), { status: 200 });
    const list = await ask<{ items: { keyId: string; notAfter?: string }[] }>(
      'samuel',
      'GET',
      `/v1/readers/${readerId}/keys`,
    );
    t.match(list.items, [{ notAfter: /^20/ }, { keyId: issued.keyId }]);
    t.notMatch(JSON.stringify(list), /keyHash/);
  });

  await t.test('importing a file of employees and cards reports the result of each line', async (t) => {
    const people =
      'employeeId,name,accessLevelIds\r\nemp-a,"Ada, of A",staff\r\nemp-b,=Bob,staff\r\nbad id,Cy,staff\r\n';
    t.match(await importFile('employees', people), {
      totals: { applied: 2, refused: 1 },
      lines: [{ line: 2, state: 'applied' }, { line: 3 }, { line: 4, state: 'refused', field: 'employeeId' }],
    });
    const found = await ask<EmployeePage>('hanna', 'GET', '/v1/employees?search=ADA,');
    t.match(found.items, [{ employeeId: 'emp-a', name: 'Ada, of A' }]);
    const cards = 'cardId,employeeId,buildingId\ncard-a,emp-a,hq\ncard-b,emp-a,hq\n';
    const result = await importFile('cards', cards);
    t.match(result, { totals: { applied: 1, rejected: 1 }, lines: [{}, { code: 'employee-has-card' }] });
    const csv = await fetch(`${backOffice?.apiUrl}/v1/imports/${result.importId}?format=csv`, {
      headers: { authorization: `Bearer ${backOffice?.tokens['hanna']}` },
    });
    t.match(await csv.text(), /^line,state,changeId,code,field,reason\r\n2,applied,/);
  });

  async function importFile(kind: string, text: string): Promise<ImportStatus> {
    const { importId, upload } = await ask<ImportUpload>('hanna', 'POST', '/v1/imports', { kind, why: 'New site' });
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
    form.append('file', new Blob([text], { type: 'text/csv' }));
    const put = await fetch(upload.url, { method: 'POST', body: form });
    if (!put.ok) throw new Error(`${put.status} ${await put.text()}`);
    for (;;) {
      const status = await ask<ImportStatus>('hanna', 'GET', `/v1/imports/${importId}`);
      if (status.state === 'done') return status;
      await delay(50);
    }
  }

  await t.test('no port of the product answers a web page of another site', async (t) => {
    const { issuer } = JSON.parse(await (await fetch(`${backOffice.consoleUrl}config.json`)).text());
    const emulators = Object.entries(stack.cloud.env).flatMap(([name, url]) => (/_URL_/.test(name) ? url : []));
    const metrics = [String(stack.runner.child.ready['metricsUrl']), backOffice.metricsUrl];
    const pages = [
      gatewayUrl,
      `${gatewayUrl}/metrics`,
      backOffice.apiUrl,
      backOffice.consoleUrl,
      `${issuer}/.well-known/jwks.json`,
    ];
    for (const url of [...emulators, ...metrics, ...pages, `${stack.ops.url}/history`]) {
      const { host } = new URL(url);
      for (const headers of [{ host: 'evil.example' }, { host, origin: 'http://evil.example' }]) {
        const asked = request(url, { headers, setHost: false }).end();
        const [answer] = await once(asked, 'response');
        answer.destroy();
        t.ok([401, 403, 421].includes(answer.statusCode), `${url} ${JSON.stringify(headers)}: ${answer.statusCode}`);
        t.equal(answer.headers['access-control-allow-origin'], undefined);
      }
    }
  });

  await t.test('its processes die and start again at their addresses; a token stays valid, work goes on', async (t) => {
    const services = [stack.gateway, stack.runner.child, ...backOffice.services];
    const before = services.map(({ ready }) => ready);
    for (const { pid } of services) process.kill(pid, 'SIGKILL');
    while (services.some(({ ready }) => before.includes(ready))) await delay(20);
    t.same(Object.fromEntries(roster.restarts), {
      gateway: 1,
      decide: 1,
      'back-office-functions': 1,
      archiver: 1,
      'back-office': 1,
    });
    t.match(await swipe(example.cardId), { said: { outcome: 'granted' } });
    t.equal(stack.gateway.ready['url'], gatewayUrl);
    t.equal(stack.runner.child.ready['metricsUrl'], before[1]?.['metricsUrl']);
    t.match(await ask('hanna', 'GET', '/v1/me'), { userName: 'hanna' });
    t.equal((await fetch(backOffice.consoleUrl)).status, 200);
    t.equal((await fetch(backOffice.metricsUrl)).status, 200);
    t.match(await change('samuel', 'POST', '/v1/cards/card-none/suspend', { why: 'After a restart' }), {
      state: 'rejected',
    });
  });

  await t.test('tables rebuilt from the archive equal the live tables', async (t) => {
    await Promise.all(site.cards.slice(0, 40).map(({ cardId }) => swipe(cardId)));
    await backOffice.archived(30_000);
    const rebuilt = await replay('rebuild', '--local', files.cloudFile);
    t.match(rebuilt, { code: 0 }, rebuilt.text);
    const compared = await replay('compare', '--local', files.cloudFile, '--archived-until', '2100-01-01T00:00:00Z');
    t.match(compared, { code: 0, text: /Equal\./ }, compared.text);
  });

  await t.test('after kill -9 of the gateway, every swipe answered with 2xx has exactly one decision', async (t) => {
    const milestones = new Milestones();
    const stopping = new AbortController();
    const { keys, dynamodb } = stack;
    const running = run(
      quickRun({
        target: gatewayUrl,
        site,
        keys,
        dynamodb,
        rate: 200,
        signal: stopping.signal,
        onProgress: (view) => milestones.report(view),
      }),
    );
    const before = await milestones.reached(({ totals }) => totals.accepted >= 200);
    const restarts = roster.restarts.get('gateway') ?? 0;
    process.kill(stack.gateway.pid, 'SIGKILL');
    await milestones.reached(({ totals }) => totals.accepted >= before.totals.accepted + 600);
    t.equal(roster.restarts.get('gateway'), restarts + 1);
    stopping.abort();
    const result = await running;
    t.match(result, {
      faults: { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 },
      counts: { refused: 0, unanswered: 0 },
      examples: [],
    });
    t.ok(result.counts.retries > 0, `the crash had an effect: ${result.counts.retries} swipes were posted again`);
    t.ok(result.counts.accepted >= 800, `${result.counts.accepted} accepted`);
    t.match(await stack.gateway.stop(), { code: 0 });
    await stack.runner.drain(30_000);
    const found = await audit(stack.cloud.clients.kinesis, dynamodb);
    t.match(found, { lost: 0, duplicated: 0, wrong: 0 }, 'and so say streams and table');
    t.ok(found.swipes >= result.counts.accepted);
  });

  await t.test('ops page and back office stop with the stack', async (t) => {
    await stack.ops.close();
    await backOffice.stop();
    await stack.runner.child.stop();
    await stack.cloud.stop();
    await t.rejects(fetch(stack.ops.url));
    await t.rejects(fetch(backOffice.consoleUrl));
  });
});

/** Calls back at the first progress report that meets a condition. */
class Milestones {
  #waiting: { reached: (view: LiveView) => boolean; resolve: (view: LiveView) => void }[] = [];

  reached(condition: (view: LiveView) => boolean): Promise<LiveView> {
    return new Promise((resolve) => {
      this.#waiting.push({ reached: condition, resolve });
    });
  }

  report(view: LiveView): void {
    this.#waiting = this.#waiting.filter(({ reached, resolve }) => {
      if (!reached(view)) return true;
      resolve(view);
      return false;
    });
  }
}

function nameIn(source: OnOneMachine): string | undefined {
  if ('increase' in source) return source.increase;
  if ('value' in source) return source.value;
  return 'of' in source ? source.of : undefined;
}

function replay(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [REPLAY, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}
