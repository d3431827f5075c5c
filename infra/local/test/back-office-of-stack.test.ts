// Own process: takes long.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChangeStatus, EmployeePage, ImportStatus, ImportUpload } from '@swipegate/contract';
import t from 'tap';
import { BACK_OFFICE_ALARMS } from '../../dashboard/back-office-alarms.js';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { startStack } from '../start/stack.js';
import { grantedExample } from '../start/welcome.js';

const REPLAY = fileURLToPath(new URL(import.meta.resolve('@swipegate/commands/replay/cli')));
/** Required time from a click in the back office to its effect at the door, ms. */
const WITHIN_MS = 5_000;

t.test('the back office of a complete stack', async (t) => {
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

  async function swipe(cardId: string, key = stack.keys[readerId]) {
    const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, prefer: 'wait=10' },
      body: JSON.stringify({ swipeId: randomUUID(), readAt: new Date().toISOString(), readerId, cardId }),
    });
    const said: unknown = await answer.json();
    return { status: answer.status, said };
  }

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

  await t.test('some process reports each figure of its alarms', async (t) => {
    const text = await (await fetch(backOffice.metricsUrl)).text();
    for (const { id, series } of BACK_OFFICE_ALARMS) {
      const here = series.onOneMachine;
      const name = 'increase' in here ? here.increase : 'value' in here ? here.value : undefined;
      if (name !== undefined) t.match(text, new RegExp(`^${name} 0(\\.\\d+)?$`, 'm'), id);
    }
  });

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

  await t.test('its processes die and start again; a token stays valid and changes are applied', async (t) => {
    const before = backOffice.services.map(({ ready }) => ready);
    for (const { pid } of backOffice.services) process.kill(pid, 'SIGKILL');
    while (backOffice.services.some(({ ready }) => before.includes(ready))) await delay(20);
    t.match(await ask('hanna', 'GET', '/v1/me'), { userName: 'hanna' });
    t.equal((await fetch(backOffice.consoleUrl)).status, 200);
    t.equal((await fetch(backOffice.metricsUrl)).status, 200);
    t.match(await change('samuel', 'POST', '/v1/cards/card-none/suspend', { why: 'After a restart' }), {
      state: 'rejected',
    });
    t.same(Object.fromEntries(roster.restarts), { 'back-office-functions': 1, archiver: 1, 'back-office': 1 });
  });

  await t.test('tables rebuilt from the archive equal the live tables', async (t) => {
    await Promise.all(site.cards.slice(0, 40).map(({ cardId }) => swipe(cardId)));
    await backOffice.archived(30_000);
    const rebuilt = await replay('rebuild', '--local', files.cloudFile);
    t.match(rebuilt, { code: 0 }, rebuilt.text);
    const compared = await replay('compare', '--local', files.cloudFile, '--archived-until', '2100-01-01T00:00:00Z');
    t.match(compared, { code: 0, text: /Equal\./ }, compared.text);
  });

  await t.test('the back office stops with the stack', async (t) => {
    t.match(await stack.gateway.stop(), { code: 0 });
    await stack.runner.drain(30_000);
    await stack.ops.close();
    await backOffice.stop();
    await stack.runner.child.stop();
    await stack.cloud.stop();
    await t.rejects(fetch(backOffice.consoleUrl));
  });
});

function replay(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [REPLAY, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}
