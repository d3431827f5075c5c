import { type MusterEntry, type OccupancySample, TABLES } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';
import t from 'tap';
import { insideRow, jsonOf, pagesOf, startOperatorGateway } from './operator-gateway.js';

const SINCE = '2026-11-24T08:15:30.250Z';

t.test('the people inside', async (t) => {
  const gateway = await startOperatorGateway(t);
  const seen = { readerId: 'north-in', direction: 'in' } as const;
  const card = (n: number, more: Row = {}): Row => {
    const cardId = `card-${n}`;
    return { cardKey: `acme/${cardId}`, cardId, status: 'active', employeeId: `emp-${n}`, ...more };
  };
  await gateway.put(TABLES.cards, [
    ...Array.from({ length: 250 }, (_, i) => card(i, i === 1 ? { holds: new Set(['lost 1']) } : {})).filter(
      (_, i) => i !== 2,
    ),
    { cardKey: 'acme/visitor-9', holds: new Set(['lost 1']) },
  ]);
  await gateway.put(TABLES.presence, [
    ...Array.from({ length: 250 }, (_, i) =>
      insideRow(`card-${i}`, i < 3 ? 'hq-lab' : 'hq-lab-2', SINCE, `emp-${i}`, i === 1 ? seen : undefined),
    ),
    insideRow('visitor-9', 'hq-lab', SINCE),
    insideRow('card-x', 'hq-lab', SINCE, 'emp-gone'),
    { ...insideRow('elsewhere', 'empty-hall', SINCE), buildingKey: 'acme/other' },
    { ...insideRow('foreign', 'hq-lab', SINCE), cardKey: 'globex/foreign', buildingKey: 'globex/hq' },
    { cardKey: 'acme/outdoors', version: 1, sequence: '1.0', outbox: '[]' },
  ]);
  const lab: MusterEntry[] = [
    { name: '=HYPERLINK("http://evil")', employeeId: 'emp-0', cardId: 'card-0', zoneId: 'hq-lab', since: SINCE },
    { name: 'Ärlig Åsa', employeeId: 'emp-2', cardId: 'card-2', zoneId: 'hq-lab', since: SINCE, cardState: 'unknown' },
    {
      name: 'Doe, "Jo"',
      employeeId: 'emp-1',
      cardId: 'card-1',
      zoneId: 'hq-lab',
      since: SINCE,
      ...seen,
      cardState: 'lost',
    },
    { employeeId: 'emp-gone', cardId: 'card-x', zoneId: 'hq-lab', since: SINCE, cardState: 'unknown' },
    { cardId: 'visitor-9', zoneId: 'hq-lab', since: SINCE, cardState: 'unknown' },
  ];

  await t.test('the whole list, sorted by name', async (t) => {
    const before = new Date().toISOString();
    const muster = await jsonOf(gateway.get('/v1/buildings/hq/muster'));
    t.match(muster, { buildingId: 'hq', asOf: String });
    t.ok(muster.asOf >= before && muster.asOf <= new Date().toISOString(), muster.asOf);
    t.notOk('namesMissing' in muster || 'cardsMissing' in muster);
    t.equal(muster.people.length, 252);
    const names = muster.people.map(({ name }: MusterEntry) => name);
    t.equal(names.filter((name: unknown) => name !== undefined).length, 250, 'more names than one call reads');
    t.equal(names.at(-2), 'Person 249');
  });

  await t.test('only of one zone, not of a zone whose id starts with the same text', async (t) => {
    const muster = await jsonOf(gateway.get('/v1/buildings/hq/muster?zone=hq-lab'));
    t.equal(muster.zoneId, 'hq-lab');
    t.same(muster.people, lab);
  });

  await t.test('as CSV without spreadsheet formulas', async (t) => {
    for (const [query, accept] of [
      ['&format=csv', '*/*'],
      ['', 'text/csv'],
      ['', 'application/json;q=0.5, text/csv'],
    ] as const) {
      const response = await gateway.get(`/v1/buildings/hq/muster?zone=hq-lab${query}`, { accept });
      t.match(response.headers.get('content-type'), /^text\/csv; charset=utf-8/, accept);
      t.match(
        response.headers.get('content-disposition'),
        /^attachment; filename="muster-hq-lab-20[\dTZ.-]+\.csv"$/,
        accept,
      );
      const text = await response.text();
      const asOf = /[^,]+Z(?=,unknown,,\r\n$)/.exec(text)?.[0];
      t.equal(
        text,
        [
          'name,employeeId,cardId,zoneId,since,asOf,cardState,readerId,direction',
          `"'=HYPERLINK(""http://evil"")",emp-0,card-0,hq-lab,${SINCE},${asOf},,,`,
          `Ärlig Åsa,emp-2,card-2,hq-lab,${SINCE},${asOf},unknown,,`,
          `"Doe, ""Jo""",emp-1,card-1,hq-lab,${SINCE},${asOf},lost,north-in,in`,
          `,emp-gone,card-x,hq-lab,${SINCE},${asOf},unknown,,`,
          `,,visitor-9,hq-lab,${SINCE},${asOf},unknown,,`,
          '',
        ].join('\r\n'),
      );
    }
    const excel = await gateway.get('/v1/buildings/hq/muster?zone=hq-lab&format=csv&separator=semicolon&bom=true');
    const bytes = Buffer.from(await excel.arrayBuffer()).toString();
    t.match(
      bytes,
      /^\ufeffname;employeeId;cardId;zoneId;since;asOf;cardState;readerId;direction\r\n/,
      'opens in an Excel that expects semicolons',
    );
    t.ok(bytes.includes(`\r\n"Doe, ""Jo""";emp-1;card-1;hq-lab;${SINCE};`));
    const unknown = await gateway.get('/v1/buildings/hq/muster?format=csv&separator=;');
    t.match(await unknown.json(), { status: 400, field: 'separator', reason: 'must be one of comma, semicolon, tab' });
    const json = await gateway.get('/v1/buildings/hq/muster?format=json', { accept: 'text/csv' });
    t.match(json.headers.get('content-type'), /^application\/json/, 'format overrides Accept');
  });

  await t.test('an empty list is returned only for an existing building and zone', async (t) => {
    t.match(await jsonOf(gateway.get('/v1/buildings/empty/muster?zone=empty-hall')), { people: [] });
    const building = await gateway.get('/v1/buildings/hq2/muster');
    t.equal(building.status, 404);
    t.match(await jsonOf(building), { code: 'not-found', field: 'buildingId', detail: /no building hq2/ });
    const zone = await gateway.get('/v1/buildings/hq/muster?zone=empty-hall');
    t.equal(zone.status, 400);
    t.match(await jsonOf(zone), { code: 'bad-request', field: 'zone', reason: /not a zone of the building hq/ });
  });

  await t.test('the state of a card is shown unless it is active and the person’s', async (t) => {
    const [past, toCome] = ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z'];
    const states: [Row, string | undefined][] = [
      [{ status: 'active' }, undefined],
      [{ status: 'active', validFrom: past, validUntil: toCome }, undefined],
      [{ status: 'active', validUntil: past }, 'expired'],
      [{ status: 'active', validFrom: toCome }, 'not-yet-valid'],
      [{ status: 'issued', employeeId: undefined }, 'not-linked'],
      [{ status: 'active', employeeId: 'emp-other' }, 'not-linked'],
      [{ status: 'active', holds: new Set(['unlink 1']) }, 'not-linked'],
      [{ status: 'active', holds: new Set(['stolen 2', 'suspend 1']) }, 'stolen'],
      [{ status: 'lost', employeeId: undefined }, 'lost'],
      [{ status: 'revoked' }, 'revoked'],
      [{ status: 'no status' }, undefined],
    ];
    const cardIdOf = (i: number) => `state-${String(i).padStart(2, '0')}`;
    await gateway.put(
      TABLES.cards,
      states.map(([row], i) => ({ cardKey: `acme/${cardIdOf(i)}`, cardId: cardIdOf(i), employeeId: 'emp-x', ...row })),
    );
    await gateway.put(
      TABLES.presence,
      states.map((_, i) => ({ ...insideRow(cardIdOf(i), 'hq-lab', SINCE, 'emp-x'), buildingKey: 'acme/annex' })),
    );
    const { people } = await jsonOf(gateway.get('/v1/buildings/annex/muster'));
    t.same(
      people.map(({ cardState }: MusterEntry) => cardState),
      states.map(([, state]) => state),
    );
  });

  await t.test('the number of people, now and by minute', async (t) => {
    const at = (minute: number) => `2025-11-24T08:${String(minute).padStart(2, '0')}:00.000Z`;
    const samples = Array.from({ length: 30 }, (_, minute): OccupancySample => {
      return { countedAt: at(minute), inside: minute, byZone: minute === 0 ? {} : { 'hq-lab': minute } };
    });
    const expiresAt = 4_000_000_000;
    await gateway.put(TABLES.occupancy, [
      ...samples.map((sample) => ({ buildingKey: 'acme/hq', ...sample, expiresAt })),
      { buildingKey: 'globex/hq', countedAt: at(5), inside: 7, byZone: {}, expiresAt },
      { buildingKey: 'acme/hq', countedAt: new Date().toISOString(), inside: 1, byZone: {}, expiresAt },
    ]);
    const path = '/v1/buildings/hq/occupancy';
    const range = `from=${at(3)}&to=${at(20)}`;
    const pages = await pagesOf<OccupancySample>(gateway, `${path}?${range}&limit=5`);
    t.same(pages.flat(), samples.slice(3, 20));
    t.equal(pages.length, 4);
    const page = await jsonOf(gateway.get(`${path}?${range}`));
    t.same(page.now, { inside: 252, byZone: { 'hq-lab': 5, 'hq-lab-2': 247 } });
    t.equal((await jsonOf(gateway.get(path))).items.length, 1, 'without a range: the last 24 hours');
    t.match(await jsonOf(gateway.get('/v1/buildings/empty/occupancy')), { now: { inside: 0, byZone: {} }, items: [] });
    t.equal((await gateway.get('/v1/buildings/hq2/occupancy')).status, 404);
    const over = { buildingKey: 'acme/hq', countedAt: at(3), inside: 3, byZone: {}, expiresAt: 1 };
    await gateway.put(TABLES.occupancy, [over]);
    t.same((await jsonOf(gateway.get(`${path}?${range}`))).items, samples.slice(4, 20), 'no sample past its time');
  });

  await t.test('a row past its time to live is on no list, though DynamoDB has not deleted it yet', async (t) => {
    const nowS = Math.floor(Date.now() / 1_000);
    await gateway.put(TABLES.presence, [
      { ...insideRow('passer-by', 'hq-lab', SINCE), expiresAt: nowS - 1 },
      { ...insideRow('visitor-8', 'hq-lab', SINCE), expiresAt: nowS + 3_600 },
    ]);
    const cardIds = (await jsonOf(gateway.get('/v1/buildings/hq/muster?zone=hq-lab'))).people.map(
      ({ cardId }: MusterEntry) => cardId,
    );
    t.notOk(cardIds.includes('passer-by'));
    t.ok(cardIds.includes('visitor-8'), 'its time is not over');
    t.match(await jsonOf(gateway.get('/v1/buildings/hq/occupancy')), { now: { inside: 253 } });
  });

  await t.test('any window of any list gives a page, or a 400 that names the field', async (t) => {
    const lists = ['cards/c/events', 'employees/e/events', 'readers/r/events', 'buildings/hq/occupancy', 'alarms'];
    const minute = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const times = [undefined, minute(-2), minute(10), '0000-01-01T00:00:00%2B23:59', '9999-12-31T23:59:59-23:59'];
    for (const [from, to] of times.flatMap((from) => times.map((to) => [from, to] as const))) {
      const query = [from === undefined ? [] : `from=${from}`, to === undefined ? [] : `to=${to}`].flat().join('&');
      for (const list of lists) {
        const response = await gateway.get(`/v1/${list}?${query}`);
        const answer = await jsonOf(response);
        const name = `${list}?${query}: ${response.status} ${JSON.stringify(answer).slice(0, 200)}`;
        if (response.status === 200) t.ok(Array.isArray(answer.items), name);
        else t.match(answer, { status: 400, field: 'to', reason: 'must be later than from' }, name);
        if (from !== undefined && from === to) t.equal(response.status, 400, name);
        if (list === 'alarms' && response.status === 200)
          for (const end of ['from', 'to']) t.match(answer[end], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, name);
      }
    }
    const future = await jsonOf(gateway.get(`/v1/alarms?from=${minute(10)}`));
    t.same(future.items, []);
    t.equal(future.from, future.to);
  });

  await t.test('without DynamoDB the answer is 503 with Retry-After', async (t) => {
    gateway.relay.cut();
    for (const resource of ['muster', 'occupancy']) {
      const response = await gateway.get(`/v1/buildings/hq/${resource}`);
      t.equal(response.status, 503);
      t.equal(response.headers.get('retry-after'), '1');
    }
  });
});

t.test('the list is returned without names and states of cards if they cannot be read', async (t) => {
  const gateway = await startOperatorGateway(t, { TABLE_EMPLOYEES: 'no-such-table', TABLE_CARDS: 'no-such-table' });
  const seen = { readerId: 'north-in', direction: 'in' } as const;
  await gateway.put(TABLES.presence, [insideRow('card-0', 'hq-lab', SINCE, 'emp-0', seen)]);
  const muster = await jsonOf(gateway.get('/v1/buildings/hq/muster'));
  t.match(muster, { namesMissing: true, cardsMissing: true });
  t.same(muster.people, [{ employeeId: 'emp-0', cardId: 'card-0', zoneId: 'hq-lab', since: SINCE, ...seen }]);
});
