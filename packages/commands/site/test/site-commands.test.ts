import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from '@swipegate/infra/local/processes/ports';
import { CREATE, startAdminApi } from '@swipegate/lambdas/admin/test/admin-api';
import { runEventFunctions } from '@swipegate/lambdas/admin/test/event-functions';
import t from 'tap';
import { AdminClient } from '../../admin-api/client.js';
import { applyCommand, applyWith } from '../apply-command.js';
import { exportCommand } from '../export-command.js';
import { planCommand } from '../plan-command.js';
import { runCommand } from './run-command.js';

const api = await startAdminApi(t);
await runEventFunctions(t, api);
const url = await api.app.listen({ port: 0, host: '127.0.0.1' });
const folder = t.testdir();

/** An admin of a tenant, on the command line. */
async function admin(tenantId: string, { address = url, groups = [`${tenantId}:admin`] } = {}) {
  const token = await api.issuer.tokenFor('anders', { 'cognito:groups': groups });
  const env = { SWIPEGATE_TOKEN: token };
  const client = new AdminClient({ url: address, token, pauseMs: 1 });
  const apply = applyWith(async () => client);
  return {
    plan: (...args: string[]) => runCommand(planCommand, [...args, '--api', address], env),
    apply: (...args: string[]) => runCommand(apply, [...args, '--why', 'As planned']),
    export: (...args: string[]) => runCommand(exportCommand, [...args, '--api', address], env),
    ask: (method: string, path: string, request = {}) => api.ask('anders', method, path, request, groups),
    settled: (changeId: string) => client.settled(changeId),
  };
}

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const keysIn = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

const SITE = `tenant: {name: Acme, cardNumbers: wiegand-26}
buildings:
  hq:
    name: Headquarters
    timeZone: Europe/Berlin
    zones:
      offices:
        antiPassback: hard
        doors:
          - {door: North, in: north-in, out: north-out, cardFormat: wiegand-26}
        zones:
          lab: {occupancyLimit: 9, doors: [{door: Lab, both: lab-1}]}
schedules:
  always: {open: {daily: 00:00-24:00}}
accessLevels:
  staff: {zones: [lab, offices], schedule: always}
operatorKeys: [Guard desk]
`;
/** Without the laboratory and the key of the desk. */
const SMALLER = SITE.replace(/ {8}zones:\n {10}lab: .*\n/, '')
  .replace('[lab, offices]', '[offices]')
  .replace('[Guard desk]', '[]');
/** Entries and keys of SITE. */
const ALL = 13;
const file = fileWith('site.yaml', SITE);

t.test('a file is applied into an empty tenant, and exported: the export gives the same site elsewhere', async (t) => {
  const one = await admin('one');
  const planned = await one.plan(file, '--json', '--detailed-exitcode');
  t.equal(planned.code, 3);
  t.match(JSON.parse(planned.stdout), { counts: { create: 9, change: 0, remove: 0, issueKeys: 4 }, kept: [] });
  t.match(await one.apply(file), { message: /^4 keys are issued, and each is shown only once: write --keys/ });
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: { other: 'kept' }, gateway: 'kept too' }), { mode: 0o644 });
  const applied = await one.apply(file, '--keys', keys);
  t.match(
    applied,
    { code: 0, stdout: /✓ 13\/13 {2}the operator’s key Guard desk\n\nDone\. The keys are in / },
    applied.message,
  );
  t.equal(statSync(keys).mode & 0o777, 0o600);
  const written = keysIn(keys);
  t.match(written, { keys: { other: 'kept', 'north-in': /^\w/, 'lab-1': /^\w/ }, operators: { 'Guard desk': /^\w/ } });
  t.match(written, { gateway: 'kept too', issuing: undefined });
  for (const key of Object.values<string>(written.keys)) t.notOk(applied.stdout.includes(key) && key !== 'kept');
  const changes = (await one.ask('GET', '/v1/changes?limit=100')).json().items;
  t.equal(changes.length, ALL);
  t.ok(changes.every(({ why, by }: { why: string; by: object }) => why === 'As planned' && 'userName' in by));

  t.match(await one.plan(file, '--detailed-exitcode'), { code: 0, stdout: /Nothing to do/ });
  t.match(await one.apply(file), { code: 0, stdout: /Nothing to do/ });

  const exported = join(folder, 'exported.yaml');
  t.match(await one.export(exported), { code: 0 });
  t.match(await one.export(exported), { message: /exists: write --force to replace it/ });
  const text = readFileSync(exported, 'utf8');
  t.match(text, /^# yaml-language-server: \$schema=\S*docs\/site-file\.schema\.json\n/);
  const two = await admin('two');
  t.match(await two.apply(exported, '--keys', join(folder, 'two.json')), { code: 0 });
  const again = await two.export();
  t.equal(again.stdout.replace(/^.*\n/, ''), text.replace(/^.*\n/, ''));
});

t.test('devices come with the file, with a key for those that are known by one', async (t) => {
  const devices = `devices:
  clock: {make: zkteco, serial: CJ1, doors: [{door: 1, in: north-in, out: north-out}], timeZone: UTC}
  turnstile: {make: control-id, doors: [{door: 1, in: lab-1}], timeZone: UTC, networks: [10.1.0.0/16]}
`;
  const wanted = fileWith('devices.yaml', SITE + devices);
  const keys = join(folder, 'device-keys.json');
  const seven = await admin('seven');
  const applied = await seven.apply(wanted, '--keys', keys);
  t.match(applied, { code: 0, stdout: /the key of device turnstile\n/ }, applied.message);
  const written = keysIn(keys);
  t.same([written.keys, Object.keys(written.devices)], [undefined, ['turnstile']]);
  t.match(await seven.plan(wanted, '--remove', '--detailed-exitcode'), { code: 0, stdout: /Nothing to do/ });
  const exported = await seven.export();
  const eight = await admin('eight');
  const again = fileWith('devices-again.yaml', exported.stdout);
  // As if the answer with the key had been lost: the next run issues another, which ends the lost one.
  t.match(await eight.apply(again, '--keys', join(folder, 'eight.json')), { code: 0 });
  t.equal((await eight.export()).stdout, exported.stdout);
  const [lost] = (await eight.ask('GET', '/v1/changes?limit=100'))
    .json()
    .items.filter(({ content }: { content: { type: string } }) => content.type === 'issue-device-key');
  const issuing = [{ kind: 'device-keys', id: 'turnstile', changeId: lost.changeId }];
  const broken = fileWith('eight-lost.json', JSON.stringify({ issuing }));
  t.match(await eight.apply(again, '--keys', broken), { code: 0, stdout: /1 key to issue/ });
  t.match(keysIn(broken), { devices: { turnstile: /^\w/ }, issuing: undefined });
  const stored = (await eight.ask('GET', '/v1/devices')).json().items;
  const { keys: issued } = stored.find(({ deviceId }: { deviceId: string }) => deviceId === 'turnstile');
  t.equal(issued.filter(({ notAfter }: { notAfter?: string }) => notAfter === undefined).length, 1);
  t.match(await eight.plan(file, '--remove'), {
    code: 1,
    stdout: /The device clock would be removed.*--allow devices/,
  });
  t.match(await eight.apply(file, '--remove', '--allow', 'devices', '--keys', join(folder, 'eight.json')), { code: 0 });
  t.match(await eight.plan(file, '--remove', '--detailed-exitcode'), { code: 0 });
});

t.test('the demo site can be exported, and is as its export says', async (t) => {
  const demo = await admin('demo');
  const exported = join(folder, 'demo.yaml');
  t.match(await demo.export(exported), { code: 0 });
  const plan = JSON.parse((await demo.plan(exported, '--remove', '--json')).stdout);
  // The test's demo has no keys of its readers.
  t.match(plan, { counts: { create: 0, change: 0, remove: 0, issueKeys: 24 }, refusals: [] });
});

t.test('what the file leaves out stays, until --remove; in use, it is refused with the reason', async (t) => {
  const three = await admin('three');
  t.match(await three.apply(file, '--keys', join(folder, 'three.json')), { code: 0 });
  const employee = { name: 'Nina', active: true, accessLevelIds: ['staff'], why: 'First day' };
  const hired = await three.ask('PUT', '/v1/employees/nina', { headers: CREATE, payload: employee });
  await three.settled(hired.json().changeId);
  const without = fileWith('without.yaml', 'tenant: {name: Acme}\noperatorKeys: []\n');
  t.match(await three.plan(without, '--detailed-exitcode'), {
    code: 0,
    stdout:
      /\nThe tenant has all that is in the file\.\n\n9 entries of .* stay:\n(?:.*\n)*--remove would be refused:\n(?:.*\n)*.*staff would be removed, but one employee has it/,
  });
  const refused = await three.apply(without, '--remove');
  t.equal(refused.code, 1);
  t.match(refused.stdout, /access level staff would be removed, but one employee has it/);
  t.match(refused.stdout, /north-out.*To do it all the same: --allow reader-keys\./);
  t.match(refused.stdout, /Guard desk.*--allow operator-keys\./);
  t.match((await three.plan(file, '--detailed-exitcode')).code, 0, 'nothing was changed');

  const smaller = fileWith('smaller.yaml', SMALLER);
  const allowed = ['--remove', '--allow', 'reader-keys', '--allow', 'operator-keys'];
  t.match(await three.apply(smaller, ...allowed), { code: 0, stdout: /✓ 4\/4 {2}the zone lab\n/ });
  t.match(await three.plan(smaller, '--remove', '--detailed-exitcode'), { code: 0 });
});

type Failure = 'before' | 'after' | undefined;

/**
 * Passes requests on to the API, until `fails` says how one fails: `before` it arrives, or `after`, so that its answer is
 * lost. From then on every request fails, as for a process that was killed.
 */
async function unreliable(fails: (request: IncomingMessage) => Promise<Failure> | Failure, once = false) {
  let isDown = false;
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const how = isDown ? 'before' : await fails(request);
    if (how !== undefined && !once) isDown = true;
    if (how === 'before') return request.socket.destroy();
    const body = await buffer(request);
    const { host: _, connection: __, ...headers } = request.headers;
    const answer = await fetch(`${url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ...(body.length > 0 && { body }),
    });
    const text = await answer.text();
    if (how === 'after') return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(text);
  });
  const address = await listenOnLoopback(server);
  return { address, close: () => closeServer(server) };
}

t.test('apply is killed at any request, and a second run finishes', async (t) => {
  const isChange = ({ method }: IncomingMessage) => method !== 'GET';
  const cases = [
    [5, 'before'],
    // The key of a reader, and that of an operator: nobody has them.
    [10, 'after'],
    [13, 'after'],
  ] as const;
  const killAt = async ([n, how]: (typeof cases)[number]) => {
    const tenantId = `killed-${n}`;
    let count = 0;
    const proxy = await unreliable((request) => (isChange(request) && ++count === n ? how : undefined));
    t.teardown(() => proxy.close());
    const keys = join(folder, `${tenantId}.json`);
    const killed = await (await admin(tenantId, { address: proxy.address })).apply(file, '--keys', keys);
    t.match(killed, { code: undefined, message: /does not answer|of 13 changes are applied/ }, tenantId);
    await proxy.close();
    const again = await admin(tenantId);
    const finished = await again.apply(file, '--keys', keys);
    t.match(finished, { code: 0 }, `${tenantId}: ${finished.message}`);
    t.match(await again.plan(file, '--remove', '--detailed-exitcode'), { code: 0 }, tenantId);
    const { keys: ofReaders, operators, issuing } = keysIn(keys);
    t.same(Object.keys(ofReaders).sort(), ['lab-1', 'north-in', 'north-out'], tenantId);
    t.same([Object.keys(operators), issuing], [['Guard desk'], undefined], tenantId);
    for (const id of Object.keys(ofReaders)) {
      t.equal(
        (await again.ask('GET', `/v1/readers/${id}/keys`)).json().items.length,
        1,
        `${tenantId}: one key of ${id}`,
      );
    }
    t.equal((await again.ask('GET', '/v1/operator-keys')).json().items.length, 1, `${tenantId}: one operator’s key`);
  };
  await Promise.all(cases.map(killAt));
});

t.test('an answer that is lost once does not stop the run', async (t) => {
  const seen = new Set<string>();
  const proxy = await unreliable(({ method, url: path = '' }) => {
    const key = `${method} ${path}`;
    if (method === 'GET' || seen.has(key)) return undefined;
    seen.add(key);
    return 'after';
  }, true);
  t.teardown(() => proxy.close());
  const keys = join(folder, 'lost.json');
  const lossy = await admin('lossy', { address: proxy.address });
  const applied = await lossy.apply(file, '--keys', keys);
  t.match(applied, { code: 0 }, applied.message);
  t.equal(Object.keys(keysIn(keys).keys).length, 3);
  t.match(await lossy.plan(file, '--remove', '--detailed-exitcode'), { code: 0 });
  t.equal((await lossy.ask('GET', '/v1/operator-keys')).json().items.length, 1);
});

t.test('what another user changes after the plan is not overwritten', async (t) => {
  const five = await admin('five');
  t.match(await five.apply(file, '--keys', join(folder, 'five.json')), { code: 0 });
  const mine = fileWith('mine.yaml', SITE.replace('Headquarters', 'Head office'));
  const proxy = await unreliable(async ({ method }) => {
    if (method !== 'PUT') return undefined;
    const payload = { name: 'Theirs', timeZone: 'Europe/Berlin', why: 'At the same time' };
    const change = await five.ask('PUT', '/v1/buildings/hq', { headers: { 'if-match': '*' }, payload });
    await five.settled(change.json().changeId);
    return undefined;
  });
  t.teardown(() => proxy.close());
  const late = await (await admin('five', { address: proxy.address })).apply(mine);
  t.match(
    late.message,
    /^the building hq: The building hq changed after you read it: name is now "Theirs"\..* plan again\.\n0 of 1/,
  );
  const plan = JSON.parse((await five.plan(mine, '--json')).stdout);
  t.match(plan, { changes: [{ id: 'hq', members: [{ was: 'Theirs', is: 'Head office' }] }] });
});

t.test('who may not, and who is not there, is told before anything changes', async (t) => {
  const guard = await admin('six', { groups: ['six:security'] });
  t.match(await guard.apply(file, '--keys', join(folder, 'six.json')), {
    message: /may not change the tenant: use the token of an admin\. Nothing was changed\.$/,
  });
  const env = { SWIPEGATE_TOKEN: 'stale' };
  const args = [file, '--api', url];
  t.match(await runCommand(planCommand, args, env), { message: /A token is valid for an hour: sign in again/ });
  t.match(await runCommand(planCommand, args), {
    message: /^There is no token: set SWIPEGATE_TOKEN, or write --console/,
  });
  t.match(await runCommand(applyCommand, args, env), { message: /^--why is missing/ });
  t.match(await runCommand(planCommand, [...args, '--allow', 'no-exits'], env), { message: /write one of no-exit,/ });
  t.match(await runCommand(planCommand, ['none.yaml', '--api', url], env), { message: /^none\.yaml cannot be read/ });
  const list = fileWith('list.json', '[]');
  t.match(await (await admin('six')).apply(file, '--keys', list), { message: /list\.json is not a keys file/ });
});
