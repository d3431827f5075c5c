import { type ApiKey, commandAt, type DeviceOfKey, hashApiKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import t from 'tap';
import { KEY, looked, memoryCommands, testApp, testKey, waitingCommand } from '../../test/test-app.js';
import { CommandOutbox } from '../commands.js';

const PANEL_KEY = testKey('of_a_panel');
const GLOBEX_KEY = testKey('of_a_panel_of_another_tenant');
const panel: DeviceOfKey = { deviceId: 'panel', make: 'zkteco', timeZone: 'UTC', doors: [{ door: 1, in: 'north-in' }] };
const keyOf = (key: string, tenantId: string): ApiKey => ({
  keyHash: hashApiKey(key),
  keyId: `key-${tenantId}`,
  tenantId,
  readerIds: ['north-in'],
  device: panel,
});

const { app, commands } = await testApp(
  { MAX_WAIT_MS: '400' },
  {},
  { keys: [keyOf(PANEL_KEY, 'acme'), keyOf(GLOBEX_KEY, 'globex')] },
);
t.teardown(() => app.close());
t.beforeEach(() => {
  commands.length = 0;
  return looked();
});

const authorization = (key: string) => ({ authorization: `Bearer ${key}` });
const take = (key = PANEL_KEY, headers: Record<string, string> = {}) =>
  app.inject({ url: '/v1/devices/commands', headers: { ...authorization(key), ...headers } });
const tell = (commandId: string, payload: object, key = PANEL_KEY) =>
  app.inject({ method: 'POST', url: `/v1/devices/commands/${commandId}`, payload, headers: authorization(key) });

t.test('a bridge takes the commands of its device, and tells the results', async (t) => {
  const [first, second] = [waitingCommand(), waitingCommand({ command: 'lock' })];
  commands.push(first, second, waitingCommand({ tenantId: 'globex' }));
  const answer = await take();
  t.match(answer, { statusCode: 200, headers: { 'cache-control': 'no-store' } });
  t.match(answer.json(), {
    items: [
      { commandId: first.commandId, door: 1, command: 'open', why: 'A visitor rang', state: 'sent' },
      { commandId: second.commandId, command: 'lock' },
    ],
  });
  t.notOk('deviceKey' in answer.json().items[0], 'without the members of the row');
  t.same((await take()).json(), { items: [] }, 'nobody gets them again');
  t.equal((await tell(first.commandId, { ok: true })).statusCode, 204);
  t.equal((await tell(second.commandId, { ok: false, detail: 'no such door' })).statusCode, 204);
  t.match(commands, [{ state: 'done' }, { state: 'failed', detail: 'no such door' }, { state: 'waiting' }]);
  t.match((await tell(first.commandId, { ok: false })).json(), { code: 'not-found' }, 'a result is final');
  t.match((await tell(second.commandId, { ok: true }, GLOBEX_KEY)).json(), { code: 'not-found' });
  t.match((await tell(second.commandId, { ok: 'yes' })).json(), { code: 'bad-request' });
});

t.test('the answer waits for a command', async (t) => {
  const waiting = take(PANEL_KEY, { prefer: 'wait=20' });
  await looked();
  commands.push(waitingCommand());
  const answer = await waiting;
  t.match(answer.headers, { 'preference-applied': 'wait=0.4' });
  t.equal(answer.json().items.length, 1);
  t.same((await take(PANEL_KEY, { prefer: 'wait=1' })).json(), { items: [] }, 'but not for ever');
});

t.test('keys of readers take no commands', async (t) => {
  t.match((await take(KEY)).json(), { code: 'wrong-key-role' });
  t.match((await app.inject({ url: '/v1/devices/commands' })).json(), { code: 'missing-key' });
});

/** A request of the panel, as far as the outbox looks at it. */
async function panelRequest(): Promise<FastifyRequest> {
  let found: FastifyRequest | undefined;
  const other = await testApp({}, {}, { keys: [keyOf(PANEL_KEY, 'acme')] });
  other.app.addHook('preHandler', (request, _reply, done) => {
    found = request;
    done();
  });
  await other.app.inject({ url: '/v1/devices/commands', headers: authorization(PANEL_KEY) });
  await other.app.close();
  if (found === undefined) throw new Error('the request did not arrive');
  return found;
}

t.test('of any number of gateways, one takes a command', async (t) => {
  const request = await panelRequest();
  const rows = Array.from({ length: 20 }, () => waitingCommand());
  const outboxes = Array.from({ length: 4 }, () => new CommandOutbox(memoryCommands(rows), 0));
  const taken = await Promise.all(outboxes.flatMap((outbox) => [outbox.take(request, 3), outbox.take(request)]));
  t.same(
    taken.flatMap((each) => each.map(({ commandId }) => commandId)).sort(),
    rows.map(({ commandId }) => commandId).sort(),
  );
});

t.test('a command that the table says is taken is not taken from an old list', async (t) => {
  const request = await panelRequest();
  const row = waitingCommand();
  const outbox = new CommandOutbox({
    ...memoryCommands([row]),
    waiting: async () => [{ ...row, state: 'waiting', waiting: 'waiting' }],
  });
  t.equal((await outbox.take(request)).length, 1);
  const again = new CommandOutbox({ ...memoryCommands([row]), waiting: async () => [{ ...row, state: 'waiting' }] });
  t.same(await again.take(request), []);
});

t.test('without the table, nothing is taken, and the caller hears why', async (t) => {
  const request = await panelRequest();
  const down = async () => {
    throw new Error('down');
  };
  const outbox = new CommandOutbox({ waiting: down, ofDevice: down, move: down });
  await t.rejects(outbox.take(request), { message: 'down' });
  await t.rejects(outbox.report(request, { ok: true }), { message: 'down' });
});

t.test('a command ends by itself', async (t) => {
  const nowMs = Date.now();
  const command = waitingCommand({ command: 'open' });
  const in2Minutes = nowMs + 120_000;
  t.equal(commandAt(command, nowMs).state, 'waiting');
  t.match(commandAt(command, in2Minutes), { state: 'expired', settledAt: command.expiresAt });
  const sent = waitingCommand({ state: 'sent', sentAt: new Date(nowMs).toISOString() });
  t.equal(commandAt(sent, in2Minutes - 1).state, 'sent');
  t.match(commandAt(sent, in2Minutes), { state: 'failed', detail: /may have carried out/ });
  t.same(commandAt({ ...sent, state: 'done' }, in2Minutes), { ...sent, state: 'done' });
});
