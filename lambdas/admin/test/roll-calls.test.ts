import { randomUUID } from 'node:crypto';
import { batchDelete, batchWrite } from '@swipegate/aws/batch-write';
import {
  countedTicks,
  type Decision,
  decisionRow,
  type MusterEntry,
  placeKey,
  type RollCallTick,
  TABLES,
  tenantKey,
} from '@swipegate/contract';
import { Buildings } from '@swipegate/movements/buildings';
import { movementQueries } from '@swipegate/movements/movement-queries';
import { countsOf, RollCalls } from '@swipegate/movements/roll-calls/roll-calls';
import fc from 'fast-check';
import t from 'tap';
import { readEnvironment } from '../environment.js';
import { startAdminApi } from './admin-api.js';

const by = (userName: string) => ({ userId: `id-${userName}`, userName });
const MINUTE_MS = 60_000;
/** In the past, so that the roll call by HTTP is the newest. */
const START_MS = Date.now() - 60 * MINUTE_MS;
const later = (ms: number) => new Date(START_MS + ms).toISOString();

t.test('roll calls', async (t) => {
  const api = await startAdminApi(t);
  const { dynamodb, ask } = api;
  const tables = readEnvironment({
    TOKEN_ISSUER: api.issuer.issuer,
    TOKEN_CLIENT_ID: api.issuer.clientId,
    CHANGES_TOPIC_ARN: api.names.changesTopicArn,
  });
  const { decisions, muster, names } = movementQueries(dynamodb, tables);
  const buildings = new Buildings(dynamodb, tables);
  const rollCalls = new RollCalls({ dynamodb, tableName: TABLES.rollCalls, buildings, decisions, muster, names });
  const people = api.sites.demo.cards.filter(({ employeeId }) => employeeId !== undefined).slice(0, 6);
  const [first = '', second = '', third = '', fourth = '', fifth = '', late = ''] = people.map(({ cardId }) => cardId);
  const enter = (cardIds: readonly string[]) => {
    const rows = cardIds.map((cardId) => {
      const inside = { buildingId: 'hq', zoneId: 'hq-offices', since: later(-MINUTE_MS), swipeId: randomUUID() };
      const employeeId = people.find((card) => card.cardId === cardId)?.employeeId;
      const keys = { buildingKey: tenantKey('demo', 'hq'), placeKey: placeKey(inside) };
      return {
        cardKey: tenantKey('demo', cardId),
        version: 1,
        sequence: '',
        employeeId,
        inside,
        outbox: '[]',
        ...keys,
      };
    });
    return batchWrite(dynamodb, TABLES.presence, rows);
  };
  const swipeOut = (cardId: string) => batchDelete(dynamodb, TABLES.presence, [{ cardKey: tenantKey('demo', cardId) }]);
  const tick = (cardId: string, state: 'safe' | 'missing' | 'none', atMs: number, tickId = randomUUID()) => {
    return { tickId, cardId, state, at: later(atMs) };
  };

  await t.test('two wardens, a swipe out, a late arrival, a telephone without network, and the end', async (t) => {
    await enter([first, second, third, fourth, fifth]);
    const started = await rollCalls.start('demo', {
      buildingId: 'hq',
      why: 'Fire alarm',
      by: by('gabriel'),
      nowMs: START_MS,
    });
    t.match(started, {
      isNew: true,
      rollCall: { buildingId: 'hq', why: 'Fire alarm', startedBy: { userName: 'gabriel' } },
    });
    const id = started?.rollCall.rollCallId ?? '';
    const again = await rollCalls.start('demo', {
      buildingId: 'hq',
      why: 'Fire!',
      by: by('samuel'),
      nowMs: START_MS + 1,
    });
    t.match(again, { isNew: false, rollCall: { rollCallId: id, why: 'Fire alarm' } }, 'both work on one list');

    const whole = await rollCalls.view('demo', id, { nowMs: START_MS + 100 });
    t.equal(whole?.people?.length, 5);
    t.ok(whole?.people?.every(({ name }) => typeof name === 'string'));
    t.match(whole, { left: [], arrived: [], ticks: [] });

    await swipeOut(second);
    await enter([late]);
    const ofGabriel = { ticks: [tick(first, 'safe', 20_000), tick(third, 'missing', 21_000)], by: by('gabriel') };
    t.ok(await rollCalls.tick('demo', id, { ...ofGabriel, nowMs: START_MS + 21_000 }));
    const changed = await rollCalls.view('demo', id, { since: whole?.version, nowMs: START_MS + 22_000 });
    t.notOk('people' in (changed ?? {}), 'the list is sent once');
    const positionOf = (cardId: string) => whole?.people?.findIndex((person) => person.cardId === cardId);
    t.same(changed?.left, [positionOf(second)]);
    t.match(changed?.arrived, [{ cardId: late, name: String }]);
    t.same(changed?.ticks.map(({ cardId }) => cardId).sort(), [first, third].sort());

    // Samuel tapped before Gabriel, but his telephone had no network until now. It then sends everything twice.
    const ofSamuel = { ticks: [tick(first, 'missing', 10_000), tick(fourth, 'safe', 11_000)], by: by('samuel') };
    for (const ms of [30_000, 31_000]) await rollCalls.tick('demo', id, { ...ofSamuel, nowMs: START_MS + ms });
    const after = await rollCalls.view('demo', id, { since: changed?.version, nowMs: START_MS + 40_000 });
    t.notOk('left' in (after ?? {}), 'nobody moved');
    t.ok(after?.ticks.some(({ cardId }) => cardId === fourth));
    const counted = countedTicks([...(changed?.ticks ?? []), ...(after?.ticks ?? [])]);
    t.match(counted.get(first), { state: 'safe', by: { userName: 'gabriel' } }, 'the later tap wins');

    const fast = tick(fifth, 'safe', 24 * 60 * MINUTE_MS);
    await rollCalls.tick('demo', id, { ticks: [fast], by: by('samuel'), nowMs: START_MS + 50_000 });
    await rollCalls.tick('demo', id, {
      ticks: [tick(fifth, 'none', 51_000)],
      by: by('samuel'),
      nowMs: START_MS + 51_000,
    });

    const ended = await rollCalls.end('demo', id, { why: 'All clear', by: by('samuel'), nowMs: START_MS + 60_000 });
    t.match(ended, {
      endedBy: { userName: 'samuel' },
      counts: { people: 6, safe: 2, left: 1, missing: 1, notSeen: 2 },
    });
    await rollCalls.tick('demo', id, {
      ticks: [tick(third, 'safe', 61_000)],
      by: by('samuel'),
      nowMs: START_MS + 62_000,
    });
    await rollCalls.tick('demo', id, {
      ticks: [tick(late, 'safe', 59_000)],
      by: by('samuel'),
      nowMs: START_MS + 63_000,
    });
    await enter([second]);
    const kept = await rollCalls.view('demo', id, { nowMs: START_MS + 70_000 });
    t.same(kept?.left, changed?.left, 'who left is kept, whoever comes back');
    t.equal(kept?.ticks.filter(({ cardId }) => cardId === third).length, 1, 'a tap after the end does not count');
    t.ok(
      kept?.ticks.some(({ cardId }) => cardId === late),
      'one before it does',
    );
    const same = await rollCalls.end('demo', id, { why: 'Again', by: by('gabriel'), nowMs: START_MS + 80_000 });
    t.match(same, { endedWhy: 'All clear', endedAt: ended?.endedAt });
  });

  await t.test('a swipe at a muster reader of the building is a tick', async (t) => {
    const reader = {
      door: 'Car park',
      buildingId: 'hq',
      zoneId: 'hq-offices',
      direction: 'out',
      mode: 'normal',
      muster: true,
    };
    for (const [readerId, changed] of [
      ['meet', reader],
      ['exit', { ...reader, muster: false }],
    ] as const) {
      const row = { siteKey: tenantKey('demo', 'readers'), id: readerId, ...changed, readerId };
      await batchWrite(dynamodb, TABLES.site, [row]);
    }
    await enter([first, second, third]);
    const startMs = START_MS + 10 * MINUTE_MS;
    const at = (ms: number) => new Date(startMs + ms).toISOString();
    const started = await rollCalls.start('demo', { buildingId: 'hq', why: 'Gas', by: by('samuel'), nowMs: startMs });
    const id = started?.rollCall.rollCallId ?? '';
    const whole = await rollCalls.view('demo', id, { nowMs: startMs + 1 });
    const swipe = (readerId: string, cardId: string, ms: number, employeeId?: string): Decision => ({
      swipeId: randomUUID(),
      tenantId: 'demo',
      readerId,
      cardId,
      ...(employeeId && { employeeId }),
      outcome: 'granted',
      reason: 'granted',
      direction: 'out',
      readAt: at(ms),
      receivedAt: at(ms),
      decidedAt: at(ms),
      timeBasis: 'readAt',
      sequence: '1.0',
    });
    const holder = people.find(({ cardId }) => cardId === second)?.employeeId;
    const swipes = [
      swipe('meet', first, 5_000),
      swipe('meet', 'card-of-the-wallet', 6_000, holder),
      swipe('meet', 'card-of-a-stranger', 6_500),
      swipe('meet', third, -5_000),
      swipe('exit', third, 7_000),
    ];
    const rows = swipes.map((decision) => decisionRow(decision, 4_000_000_000));
    await batchWrite(dynamodb, TABLES.decisions, rows);
    const seen = await rollCalls.view('demo', id, { since: whole?.version, nowMs: startMs + 8_000 });
    t.same(
      seen?.ticks.map(({ cardId, state, where, by }) => [cardId, state, where, by.userName]),
      [first, second].map((cardId) => [cardId, 'safe', 'Car park', 'meet']),
    );
    await rollCalls.end('demo', id, { why: 'Drill over', by: by('samuel'), nowMs: startMs + 9_000 });
    await batchDelete(dynamodb, TABLES.site, [{ siteKey: tenantKey('demo', 'readers'), id: 'meet' }]);
    const kept = await rollCalls.view('demo', id, { nowMs: startMs + 10_000 });
    t.same(kept?.ticks.map(({ cardId }) => cardId).sort(), [first, second].sort(), 'kept without the reader');
    t.equal(kept?.rollCall.counts?.safe, 2);
    const { readerId, ...members } = { readerId: 'meet', ...reader, why: 'New assembly point' };
    const refused = await ask('anders', 'PUT', `/v1/readers/${readerId}`, {
      payload: { ...members, direction: 'both' },
      headers: { 'if-none-match': '*' },
    });
    t.match(refused.json(), { field: 'muster', reason: /direction out/ });
  });

  await t.test('by HTTP, and as CSV', async (t) => {
    const start = { payload: { buildingId: 'hq', why: 'Drill of December' } };
    const started = await ask('gabriel', 'POST', '/v1/roll-calls', start);
    t.equal(started.statusCode, 201, started.body);
    const { rollCallId } = started.json();
    t.equal((await ask('samuel', 'POST', '/v1/roll-calls', start)).statusCode, 200);
    t.match((await ask('samuel', 'POST', '/v1/roll-calls', { payload: { buildingId: 'moon', why: 'Drill' } })).json(), {
      code: 'not-found',
      field: 'buildingId',
    });
    const url = `/v1/roll-calls/${rollCallId}`;
    const payload = {
      ticks: [{ tickId: randomUUID(), cardId: first, state: 'safe', at: new Date().toISOString(), where: 'Car park' }],
    };
    t.same((await ask('gabriel', 'POST', `${url}/ticks`, { payload })).json(), { taken: 1 });
    const csv = (await ask('aylin', 'GET', `${url}?format=csv`)).body.trim().split('\r\n');
    t.equal(csv[0], 'name,employeeId,cardId,zoneId,since,state,by,at,where,asOf');
    t.equal(csv.filter((line) => /,safe,gabriel,[^,]+,Car park,/.test(line)).length, 1);
    t.equal(csv.filter((line) => line.includes(',not-seen,')).length, csv.length - 2);
    t.match((await ask('gabriel', 'GET', `${url}?since=now`)).json(), {
      field: 'since',
      reason: /must be the `version` of an earlier answer/,
    });
    for (const [path, sent] of [
      ['', undefined],
      ['/ticks', payload],
      ['/end', { why: 'Over' }],
    ] as const) {
      const unknown = `/v1/roll-calls/rc-20200101T000000Z-00000000${path}`;
      const answer = await ask('gabriel', sent === undefined ? 'GET' : 'POST', unknown, sent && { payload: sent });
      t.match(answer.json(), { status: 404, field: 'rollCallId' }, path);
    }
    const ended = await ask('gabriel', 'POST', `${url}/end`, { payload: { why: 'Drill over' } });
    t.match(ended.json(), { counts: { safe: 1 } }, ended.body);
    t.match((await ask('aylin', 'GET', '/v1/roll-calls')).json(), {
      items: [{ rollCallId, endedWhy: 'Drill over' }, Object],
    });
  });
});

t.test('ticks in any order, and repeated, give the same counts', async () => {
  const cardIds = ['a', 'b', 'c'];
  const people = cardIds.map((cardId): MusterEntry => ({ cardId, zoneId: 'z', since: later(0) }));
  const anyTick = fc
    .record({
      tickId: fc.uuid(),
      cardId: fc.constantFrom(...cardIds),
      state: fc.constantFrom('safe', 'missing', 'none'),
      ms: fc.nat(5),
    })
    .map(({ ms, ...tick }): RollCallTick => ({ ...tick, at: later(ms), by: by('gabriel'), receivedAt: later(9) }));
  const anyOrder = fc
    .array(anyTick, { maxLength: 8 })
    .chain((ticks) =>
      fc.tuple(fc.constant(ticks), fc.shuffledSubarray([...ticks, ...ticks], { minLength: 2 * ticks.length })),
    );
  fc.assert(
    fc.property(anyOrder, fc.subarray([0, 1, 2]), ([ticks, others], left) => {
      const counts = (ticks: RollCallTick[]) => countsOf({ people, arrived: [], left, ticks });
      return JSON.stringify(counts(others)) === JSON.stringify(counts(ticks));
    }),
  );
});
