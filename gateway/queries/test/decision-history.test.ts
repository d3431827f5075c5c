import { type Decision, decisionRow, TABLES } from '@swipegate/contract';
import { encodeCursor } from '@swipegate/http/cursor';
import t from 'tap';
import { decisionFor } from '../../test/test-app.js';
import { GLOBEX_OPERATOR_KEY, jsonOf, pagesOf, startOperatorGateway, uuid } from './operator-gateway.js';

const BASE = Date.parse('2026-11-24T08:00:00.000Z');
const iso = (ms: number) => new Date(ms).toISOString();

function decision(number: number, atMs: number, fields: Partial<Decision> = {}): Decision {
  const at = iso(atMs);
  const posted = { swipeId: uuid(number), readerId: 'north-in', cardId: 'card-1' };
  return decisionFor(posted, { employeeId: 'emp-1', readAt: at, receivedAt: at, decidedAt: at, ...fields });
}

/** 60 decisions of one card; 0 to 39 share a millisecond. */
const ofCard = Array.from({ length: 60 }, (_, i) => decision(i, BASE + Math.max(0, i - 39)));
/** The cardholder's other card, with the same swipeIds and times: only the table's keys distinguish them. */
const ofOtherCard = ofCard.slice(0, 20).map((each): Decision => ({ ...each, cardId: 'card-2' }));
/** An offline swipe, decided an hour after it was read, with a timestamp in another UTC offset. */
const late = decision(100, BASE + 3_600_000, {
  cardId: 'card-3',
  employeeId: 'emp-3',
  readAt: '2026-11-24T09:30:00.000+01:00',
  outcome: 'recorded',
  offlineOutcome: 'granted',
  duress: true,
});
const foreign = decision(1, BASE, { tenantId: 'globex' });

const ids = (decisions: readonly Decision[]) => decisions.map(({ swipeId, cardId }) => `${swipeId} ${cardId}`);

t.test('the history of cards, cardholders and readers', async (t) => {
  const gateway = await startOperatorGateway(t);
  const rows = [...ofCard, ...ofOtherCard, late, foreign].map((decision) => decisionRow(decision, 4_000_000_000));
  await gateway.put(
    TABLES.decisions,
    rows.toSorted((a, b) => String(a['swipeKey']).localeCompare(String(b['swipeKey']))).toReversed(),
  );

  await t.test('comes in pages without skipped or repeated rows, in either order', async (t) => {
    const table: [path: string, all: readonly Decision[]][] = [
      ['/v1/cards/card-1/events', ofCard],
      ['/v1/employees/emp-1/events', [...ofCard, ...ofOtherCard]],
      ['/v1/readers/north-in/events', [...ofCard, ...ofOtherCard, late]],
    ];
    for (const [path, all] of table) {
      for (const order of ['asc', 'desc']) {
        for (const limit of [1, 7, all.length]) {
          const pages = await pagesOf<Decision>(gateway, `${path}?order=${order}&limit=${limit}`);
          const items = pages.flat();
          t.same(ids(items).toSorted(), ids(all).toSorted(), `${path} ${order} ${limit}: each once`);
          const times = items.map(({ decidedAt, swipeId }) => `${decidedAt}#${swipeId}`);
          const sorted = times.toSorted();
          t.same(times, order === 'asc' ? sorted : sorted.toReversed(), `${path} ${order} ${limit}: in order`);
          t.equal(
            pages.length,
            Math.ceil(all.length / limit),
            `${path} ${order} ${limit}: only full pages, except the last`,
          );
        }
      }
    }
  });

  await t.test('returns decisions as published, newest first', async (t) => {
    const page = await jsonOf(gateway.get('/v1/cards/card-1/events?limit=1'));
    t.same(page.items, ofCard.slice(-1));
    t.type(page.nextCursor, 'string');
    const other = await jsonOf(gateway.get('/v1/cards/card-3/events'));
    t.same(other, { items: [late] });
    t.same(await jsonOf(gateway.get('/v1/cards/nobody/events')), { items: [] });
  });

  await t.test('from is inclusive, to exclusive, in any UTC offset', async (t) => {
    const read = async (query: string) =>
      (await pagesOf<Decision>(gateway, `/v1/cards/card-1/events?order=asc&limit=3&${query}`)).flat();
    t.same(await read(`from=${iso(BASE + 1)}`), ofCard.slice(40));
    t.same(await read(`to=${iso(BASE + 1)}`), ofCard.slice(0, 40));
    t.same(await read(`from=${iso(BASE + 5)}&to=${iso(BASE + 7)}`), ofCard.slice(44, 46));
    t.same(await read('from=2026-11-24T09:00:00.018%2B01:00&to=9999-12-31T23:59:59-12:00'), ofCard.slice(57));
  });

  await t.test('cards sort by the rules’ clock, readers by time of decision', async (t) => {
    const range = `from=2026-11-24T08:30:00Z&to=2026-11-24T08:30:01Z`;
    t.same((await jsonOf(gateway.get(`/v1/cards/card-3/events?${range}`))).items, [late]);
    t.same((await jsonOf(gateway.get(`/v1/readers/north-in/events?${range}`))).items, []);
  });

  await t.test('as CSV, with a link to the next page', async (t) => {
    const lines: string[] = [];
    let path = '/v1/cards/card-1/events?order=asc&limit=25&format=csv';
    for (let page = 1; page <= 3; page++) {
      const response = await gateway.get(path);
      t.match(response.headers.get('content-type'), /^text\/csv/);
      const [header, ...rows] = (await response.text()).split('\r\n');
      t.match(header, /^swipeId,tenantId,readerId,cardId,employeeId,outcome,reason/);
      t.equal(rows.pop(), '', 'the last line ends too');
      lines.push(...rows);
      path = /^<(\/.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
      t.equal(path !== '', page < 3, `page ${page}`);
    }
    t.same(
      lines.map((line) => line.split(',')[0]),
      ofCard.map(({ swipeId }) => swipeId),
    );
    const accept = await gateway.get('/v1/cards/card-3/events', { accept: 'text/csv, */*;q=0.1' });
    t.match(await accept.text(), /,recorded,granted,in,.*,true,granted,,1\.0\r\n$/);
    const both = await gateway.get('/v1/cards/card-3/events', { accept: 'application/json, text/csv' });
    t.match(both.headers.get('content-type'), /^application\/json/);
  });

  await t.test('stays in its tenant with any cursor', async (t) => {
    const authorization = `Bearer ${GLOBEX_OPERATOR_KEY}`;
    const { nextCursor } = await jsonOf(gateway.get('/v1/cards/card-1/events?limit=1'));
    const own = await jsonOf(gateway.get('/v1/cards/card-1/events?limit=1', { authorization }));
    t.same(own, { items: [foreign] });
    const taken = await gateway.get(`/v1/cards/card-1/events?limit=1&cursor=${nextCursor}`, { authorization });
    t.same((await jsonOf(taken)).items, [foreign], 'keys are rebuilt for the requesting tenant');
  });

  await t.test('a cursor of another list or an invalid one is refused', async (t) => {
    const { nextCursor } = await jsonOf(gateway.get('/v1/cards/card-1/events?limit=1'));
    const list = JSON.stringify([{ kind: 'card', id: 'card-1' }, 'desc', BASE, undefined]);
    const outside = encodeCursor(list, { sort: iso(BASE - 1), swipeId: uuid(1), cardId: 'card-1' });
    const table: [path: string, reason: RegExp][] = [
      [`/v1/cards/card-1/events?order=asc&cursor=${nextCursor}`, /belongs to another list/],
      [`/v1/cards/card-2/events?cursor=${nextCursor}`, /belongs to another list/],
      [`/v1/cards/card-1/events?from=${iso(BASE)}&cursor=${nextCursor}`, /belongs to another list/],
      ['/v1/cards/card-1/events?cursor=bm9uZQ', /was not issued by this API/],
      [`/v1/cards/card-1/events?from=${iso(BASE)}&cursor=${outside}`, /outside from and to/],
      [
        `/v1/cards/card-1/events?from=${iso(BASE)}&cursor=${encodeCursor(list, { sort: 'x' })}`,
        /was not issued by this API/,
      ],
      ['/v1/cards/card-1/events?cursor=%24', /letters, digits, - or _ only/],
    ];
    for (const [path, reason] of table) {
      const response = await gateway.get(path);
      t.equal(response.status, 400, path);
      t.match(await jsonOf(response), { code: 'bad-request', field: 'cursor', reason });
    }
  });

  await t.test('without DynamoDB the answer is 503 with Retry-After', async (t) => {
    gateway.relay.cut();
    const response = await gateway.get('/v1/cards/card-1/events');
    t.equal(response.status, 503);
    t.equal(response.headers.get('retry-after'), '1');
    t.match(await jsonOf(response), { code: 'lookup-unavailable' });
    gateway.relay.mend();
    t.equal((await gateway.get('/v1/cards/card-1/events')).status, 200);
  });
});
