import { join } from 'node:path';
import t from 'tap';
import { readTrace, shareOfTrace } from '../trace.js';

const folder = (t: Pick<typeof import('tap').t, 'testdir'>, text: string) => join(t.testdir({ trace: text }), 'trace');

t.test('NDJSON, sorted by time; extra members are ignored', async (t) => {
  const lines = [
    {
      readAt: '2026-11-23T09:00:02Z',
      readerId: 'b',
      cardId: 'ann',
      outcome: 'granted',
      direction: 'out',
      duress: true,
    },
    { readAt: '2026-11-23T10:00:00.500+01:00', readerId: 'a', cardId: 'bob', swipeId: 'x' },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`;
  t.same(await readTrace(folder(t, text), 1), [
    { atMs: 0, readerId: 'a', cardId: 'bob', direction: undefined, duress: false },
    { atMs: 1_500, readerId: 'b', cardId: 'ann', direction: 'out', duress: true },
  ]);
  t.equal((await readTrace(folder(t, text), 3))[1]?.atMs, 500, 'three times as fast');
});

t.test('CSV, with its columns in any order', async (t) => {
  const text =
    'cardId,readerId,direction,readAt,duress\r\nann,a,,2026-11-23T09:00:00Z,\r\nbob,b,in,2026-11-23T09:00:01Z,true\r\n';
  t.same(await readTrace(folder(t, text), 1), [
    { atMs: 0, readerId: 'a', cardId: 'ann', direction: undefined, duress: false },
    { atMs: 1_000, readerId: 'b', cardId: 'bob', direction: 'in', duress: true },
  ]);
});

t.test('CSV as spreadsheets write it', async (t) => {
  const text =
    '\ufeffsep=;\r\n\r\nRead At;READERID;card_id;;\r\n2026-11-23T09:00:00Z;a;="00042";;\n;;;;\r\n"2026-11-23T09:00:01Z";b;bob;;\r\n';
  const swipes = [
    { atMs: 0, readerId: 'a', cardId: '00042', direction: undefined, duress: false },
    { atMs: 1_000, readerId: 'b', cardId: 'bob', direction: undefined, duress: false },
  ];
  t.same(await readTrace(folder(t, text), 1), swipes);
  const wide = join(t.testdir({ trace: Buffer.from(text, 'utf16le') }), 'trace');
  t.same(await readTrace(wide, 1), swipes);
});

t.test('errors name the line', async (t) => {
  const good = '{"readAt":"2026-11-23T09:00:00Z","readerId":"a","cardId":"c"}';
  for (const [text, naming] of [
    ['', /is empty/],
    ['hello\n', /readAt, readerId, cardId is missing/],
    [`${good}\n{"readAt":"yesterday","readerId":"a","cardId":"c"}\n`, /line 2 is not a swipe: readAt/],
    [`${good}\n{\n`, /line 2 is not a swipe/],
    ['readAt,readerId,cardId\n2026-11-23T09:00:00Z,a\n', /line 2 is not a swipe: cardId/],
    ['readAt,readerId,cardId\r\n\r2026-11-23T09:00:00Z,a,"b\n', /line 3 has a quote that is not closed/],
    [
      'readAt,readerId,cardId,duress\n2026-11-23T09:00:00Z,a,b,yes\n',
      /line 2 is not a swipe: duress must be true or false/,
    ],
  ] as const) {
    await t.rejects(readTrace(folder(t, text), 1), { code: 'TRACE_UNREADABLE', message: naming }, text);
  }
  await t.rejects(readTrace(join(t.testdir(), 'none'), 1), { code: 'TRACE_UNREADABLE', message: /cannot be read/ });
});

t.test('workers share the cards, and keep each card’s order', async (t) => {
  const trace = Array.from({ length: 60 }, (_, i) => {
    return { atMs: i, readerId: 'a', cardId: `c${i % 7}`, direction: undefined, duress: false };
  });
  const shares = [0, 1, 2].map((index) => shareOfTrace(trace, { index, of: 3 }));
  t.equal(shares.flat().length, trace.length);
  const owners = shares.map((share) => new Set(share.map(({ cardId }) => cardId)));
  t.equal(
    owners.reduce((sum, { size }) => sum + size, 0),
    7,
    'each card belongs to one worker',
  );
  for (const share of shares)
    t.same(
      share,
      share.toSorted((a, b) => a.atMs - b.atMs),
    );
});
