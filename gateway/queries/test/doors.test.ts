import { type Alarm, alarmDay, alarmKey, type SilentReader, TABLES } from '@swipegate/contract';
import t from 'tap';
import { waitingCommand } from '../../test/test-app.js';
import { commandTable } from '../device-commands.js';
import { jsonOf, pagesOf, startOperatorGateway, uuid } from './operator-gateway.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const iso = (ms: number) => new Date(ms).toISOString();

/** Row of the door-event table. */
function alarmRow({ state: _, steps: __, ...alarm }: Alarm, tenantId = 'acme') {
  return {
    kind: 'door-event',
    tenantId,
    readerKey: `${tenantId}/${alarm.readerId}`,
    ...alarm,
    alarmDay: alarmDay(tenantId, alarm.occurredAt),
    alarmKey: alarmKey(alarm.occurredAt, alarm.eventId),
    expiresAt: 4_000_000_000,
  };
}

function alarm(number: number, occurredMs: number, readerId = 'north-in'): Alarm {
  const type = number % 2 === 0 ? 'forced-open' : 'duress';
  return {
    eventId: uuid(number),
    readerId,
    type,
    occurredAt: iso(occurredMs),
    receivedAt: iso(occurredMs + 90),
    state: 'open',
    steps: [],
  };
}

t.test('alarms', async (t) => {
  const gateway = await startOperatorGateway(t);
  const midnight = Date.parse('2026-05-10T00:00:00.000Z');
  /** Alarms around midnight, ten ids in one millisecond at two readers each, and five alarms two months earlier. */
  const old = [
    ...Array.from({ length: 10 }, (_, i) => alarm(i, midnight - 1)),
    ...Array.from({ length: 10 }, (_, i) => alarm(i, midnight - 1, 'north-out')),
    ...Array.from({ length: 5 }, (_, i) => alarm(20 + i, midnight + i)),
    ...Array.from({ length: 5 }, (_, i) => alarm(30 + i, midnight - 60 * DAY_MS)),
  ];
  const newestFirst = (a: Alarm, b: Alarm) =>
    alarmKey(a.occurredAt, a.eventId) < alarmKey(b.occurredAt, b.eventId) ? 1 : -1;
  const now = Date.now();
  const recent = [alarm(50, now - HOUR_MS), alarm(51, now - 23 * HOUR_MS)];
  await gateway.put(
    TABLES.doorEvents,
    [...old, ...recent, alarm(60, now - 25 * HOUR_MS)].map((each) => alarmRow(each)),
  );
  await gateway.put(TABLES.doorEvents, [alarmRow(alarm(70, now - HOUR_MS), 'globex')]);
  await gateway.put(TABLES.doorEvents, [{ ...alarmRow(alarm(90, now - HOUR_MS)), expiresAt: 1 }]);
  const heartbeat = { readerKey: 'acme/north-in', eventId: uuid(80), readerId: 'north-in', type: 'heartbeat' };
  await gateway.put(TABLES.doorEvents, [{ ...heartbeat, occurredAt: iso(now), receivedAt: iso(now) }]);

  await t.test('default to the last 24 hours, newest first', async (t) => {
    const page = await jsonOf(gateway.get('/v1/alarms'));
    t.same(page.items, recent);
    t.equal(Date.parse(page.to) - Date.parse(page.from), DAY_MS);
    t.notOk('nextCursor' in page);
    const pages = await pagesOf<Alarm>(gateway, '/v1/alarms?limit=1');
    t.same(pages.flat(), recent, 'the same in pages');
  });

  await t.test('across days and empty months, without skipped or repeated alarms', async (t) => {
    const range = `from=${iso(midnight - 60 * DAY_MS)}&to=${iso(midnight + 4)}`;
    const expected = old.filter(({ occurredAt }) => occurredAt < iso(midnight + 4)).toSorted(newestFirst);
    for (const limit of [1, 3, 7, 100]) {
      const items = (await pagesOf<Alarm>(gateway, `/v1/alarms?limit=${limit}&${range}`)).flat();
      const key = ({ eventId, readerId, occurredAt }: Alarm) => `${occurredAt} ${eventId} ${readerId}`;
      t.same(items.map(key).toSorted(), expected.map(key).toSorted(), `limit ${limit}: each once`);
      const order = items.map(({ occurredAt, eventId }) => alarmKey(occurredAt, eventId));
      t.same(order, order.toSorted().toReversed(), `limit ${limit}: newest first`);
    }
  });

  await t.test('a range of thousands of years takes a few pages', async (t) => {
    const ranges = [
      'from=0000-01-01T00:00:00Z',
      'to=9999-12-31T23:59:59Z',
      'from=0000-01-01T00:00:00Z&to=9999-12-31T00:00:00Z',
    ];
    for (const [i, range] of ranges.entries()) {
      const from = i === 1 ? `&from=${iso(midnight - 61 * DAY_MS)}` : '';
      const pages = await pagesOf<Alarm>(gateway, `/v1/alarms?limit=100&${range}${from}`);
      t.equal(pages.flat().length, old.length + recent.length + 1, range);
      t.ok(pages.length < 10, `${pages.length} pages`);
    }
    for (const range of ['to=0000-01-02T00:00:00Z', 'from=9999-01-01T00:00:00Z', 'to=1970-01-01T00:00:00Z']) {
      t.same(await pagesOf<Alarm>(gateway, `/v1/alarms?${range}`), [[]], range);
    }
  });

  await t.test('from is inclusive, to exclusive', async (t) => {
    const page = await jsonOf(gateway.get(`/v1/alarms?from=${iso(midnight + 1)}&to=${iso(midnight + 3)}`));
    t.same(
      page.items.map(({ eventId }: Alarm) => eventId),
      [uuid(22), uuid(21)],
    );
  });

  await t.test('a cursor of other parameters is refused', async (t) => {
    const { nextCursor } = await jsonOf(gateway.get('/v1/alarms?limit=1'));
    const response = await gateway.get(`/v1/alarms?to=${iso(now)}&cursor=${nextCursor}`);
    t.equal(response.status, 400);
    t.match(await jsonOf(response), { field: 'cursor', reason: /belongs to another list/ });
  });
});

t.test('an alarm is acknowledged, closed and opened again', async (t) => {
  const gateway = await startOperatorGateway(t);
  const now = Date.now();
  const [first, second] = [alarm(2, now - HOUR_MS), alarm(4, now - 2 * HOUR_MS)];
  const rows = [first, second].map((each) => alarmRow(each));
  await gateway.put(TABLES.doorEvents, rows);
  const heartbeat = { readerKey: 'acme/north-in', eventId: uuid(80), readerId: 'north-in', type: 'heartbeat' };
  await gateway.put(TABLES.doorEvents, [heartbeat]);
  await gateway.put(TABLES.doorEvents, [alarmRow(alarm(70, now - HOUR_MS), 'globex')]);
  const send = (action: string, body: unknown, eventId = first.eventId, readerId = 'north-in') =>
    gateway.post(`/v1/alarms/${readerId}/${eventId}/${action}`, body);
  const listed = async (query: string) =>
    (await jsonOf(gateway.get(`/v1/alarms?${query}`))).items.map(({ eventId }: Alarm) => eventId);

  await t.test('one of two who acknowledge at once succeeds, and the other learns who did', async (t) => {
    const answers = await Promise.all([send('acknowledge', { note: 'north' }), send('acknowledge', { note: 'south' })]);
    t.same(answers.map(({ status }) => status).toSorted(), [200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    const problem = refused === undefined ? undefined : await jsonOf(refused);
    t.match(problem, {
      code: 'alarm-state',
      detail: /^The alarm is acknowledged by key-desk at 20.* Only an alarm that is open/,
    });
    const [item] = (await jsonOf(gateway.get('/v1/alarms'))).items;
    t.match(item, { eventId: first.eventId, state: 'acknowledged', steps: [{ by: 'key-desk', at: String }] });
    t.equal(item.steps.length, 1);
    t.equal((await send('acknowledge', { note: item.steps[0].note })).status, 200, 'a repeat after a lost answer');
  });

  await t.test('a later write of the alarm leaves its state', async (t) => {
    await gateway.put(TABLES.doorEvents, rows);
    t.same(await listed('state=acknowledged'), [first.eventId]);
    t.same(await listed('state=open'), [second.eventId]);
  });

  await t.test('filters', async (t) => {
    t.same(await listed('state=not-closed'), [first.eventId, second.eventId]);
    t.same(await listed('type=duress'), []);
    t.same(await listed('type=forced-open&state=open'), [second.eventId]);
    t.equal((await gateway.get('/v1/alarms?state=gone')).status, 400);
  });

  await t.test('close and reopen need a note', async (t) => {
    t.equal((await send('close', {})).status, 400);
    t.equal((await send('close', { note: 'x'.repeat(501) })).status, 400);
    t.match(await jsonOf(send('close', { note: 'The wind.' })), {
      state: 'closed',
      steps: [{}, { note: 'The wind.' }],
    });
    t.same(await listed('state=not-closed'), [second.eventId]);
    t.equal((await send('acknowledge', {})).status, 409, 'a closed alarm');
    t.match(await jsonOf(send('reopen', { note: 'Again.' })), { state: 'open', steps: { length: 3 } });
  });

  await t.test('an alarm at its most steps can still be closed', async (t) => {
    const id = second.eventId;
    for (let closed = 0; closed < 25; closed++) {
      if (closed > 0) t.equal((await send('reopen', { note: `open ${closed}` }, id)).status, 200);
      t.equal((await send('close', { note: `close ${closed}` }, id)).status, 200);
    }
    t.equal((await send('reopen', { note: 'open 25' }, id)).status, 409);
    t.match((await jsonOf(gateway.get('/v1/alarms?state=closed'))).items, [{ eventId: id, steps: { length: 49 } }]);
  });

  await t.test('only alarms of the tenant have a state', async (t) => {
    t.match(
      await jsonOf(send('acknowledge', {}, uuid(70))),
      { code: 'not-found', field: 'eventId' },
      'of another tenant',
    );
    t.match(await jsonOf(send('acknowledge', {}, uuid(80))), { code: 'not-found' }, 'a heartbeat');
    t.match(await jsonOf(send('acknowledge', {}, first.eventId, 'north-out')), { code: 'not-found' }, 'another reader');
  });
});

t.test('silent readers', async (t) => {
  const gateway = await startOperatorGateway(t);
  const now = Date.now();
  const heard = { 'north-in': now - 20 * MINUTE_MS, 'north-out': now - 10 * MINUTE_MS, 'south-in': now - MINUTE_MS };
  await gateway.put(
    TABLES.readerContacts,
    Object.entries(heard).map(([readerId, ms]) => ({ tenantId: 'acme', readerId, heardAt: iso(ms) })),
  );
  await gateway.put(TABLES.readerContacts, [
    { tenantId: 'globex', readerId: 'west-in', heardAt: iso(now) },
    { tenantId: 'acme', readerId: 'gone', heardAt: iso(now - DAY_MS) },
  ]);
  const silent = (readerId: string, heardMs: number | undefined): SilentReader => {
    return { readerId, door: 'North', buildingId: 'hq', heardAt: heardMs === undefined ? null : iso(heardMs) };
  };
  const page = await jsonOf(gateway.get('/v1/readers/silent'));
  t.match(page, { minutes: 15, asOf: String });
  t.same(page.items, [silent('north-in', heard['north-in']), silent('west-in', undefined)]);
  const pages = await pagesOf<SilentReader>(gateway, '/v1/readers/silent?minutes=5&limit=2');
  t.same(pages, [
    [silent('north-in', heard['north-in']), silent('north-out', heard['north-out'])],
    [silent('west-in', undefined)],
  ]);
});

t.test('the table of commands', async (t) => {
  const gateway = await startOperatorGateway(t);
  const table = commandTable(gateway.dynamodb, TABLES.deviceCommands);
  const now = Date.now();
  const [second, first, other] = [
    waitingCommand({ at: iso(now + 1) }),
    waitingCommand({ at: iso(now) }),
    waitingCommand({ at: iso(now + 2), tenantId: 'globex' }),
  ];
  const taken = { ...waitingCommand({ state: 'sent', sentAt: iso(now) }), waiting: undefined };
  const broken = { ...waitingCommand({ at: iso(now) }), command: 'explode' };
  await gateway.put(TABLES.deviceCommands, [second, first, other, taken, broken]);
  t.same(await table.waiting(), [first, second, other], 'of all devices, oldest first; rows that cannot be read wait');
  const ofPanel = (await table.ofDevice('acme/panel')).map(({ commandId }) => commandId);
  t.same(ofPanel, [first, second, taken].map(({ commandId }) => commandId).sort());

  const sent = { state: 'sent', sentAt: iso(now) } as const;
  const claims = await Promise.all(Array.from({ length: 5 }, () => table.move(first, 'waiting', sent)));
  t.equal(claims.filter(Boolean).length, 1, 'one of five gateways gets it');
  t.same(await table.waiting(), [second, other]);
  t.equal(await table.move(first, 'sent', { state: 'failed', settledAt: iso(now), detail: 'no' }), true);
  t.equal(await table.move(first, 'sent', { state: 'done' }), false, 'a result is final');
  const rows = await table.ofDevice('acme/panel');
  t.match(
    rows.find(({ commandId }) => commandId === first.commandId),
    { state: 'failed', sentAt: iso(now), detail: 'no', waiting: undefined },
  );
  t.equal(await table.move({ deviceKey: 'acme/panel', commandId: uuid(1) }, 'waiting', sent), false);
});
