import fc from 'fast-check';
import t from 'tap';
import { dateReader } from '../date-cells.js';
import { imported } from './import-of.js';

/** Reads dates in one file. Returns the time or the reason of each. */
function read(texts: readonly string[], { timeZone = 'Europe/Berlin', isEnd = false } = {}): string[] {
  const reader = dateReader(texts.map((text, i) => ({ line: i + 2, text })));
  return texts.map((text) => {
    const found = reader.read(text, { timeZone, isEnd });
    return 'time' in found ? found.time : found.reason;
  });
}

t.test('a date alone is midnight by the clock of the row’s building', async (t) => {
  const content = [
    'Card number,employeeId,Gebäude,valid from,gültig bis',
    'c1,a,hq,2026-07-01,2026-12-31',
    'c2,b,havana,2026-07-01,2026-12-31',
    'c3,c,nowhere,2026-07-01,',
    'c4,d,nowhere,2026-07-01T00:00:00Z,',
    'c5,e,hq,2026-07-01,2026-07-01',
    'c6,f,hq,2026-07-02,2026-07-01',
    'c7,g,,2026-07-02,',
  ].join('\n');
  const { published, lines, notes } = await imported({ kind: 'cards', content });
  t.match(published, [
    { content: { cardId: 'c1', validFrom: '2026-07-01T00:00:00+02:00', validUntil: '2027-01-01T00:00:00+01:00' } },
    { content: { cardId: 'c2', validFrom: '2026-07-01T00:00:00-04:00', validUntil: '2027-01-01T00:00:00-05:00' } },
    { content: { cardId: 'c4', validFrom: '2026-07-01T00:00:00Z' } },
    { content: { cardId: 'c5', validFrom: '2026-07-01T00:00:00+02:00', validUntil: '2026-07-02T00:00:00+02:00' } },
  ]);
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      {
        line: 4,
        field: 'buildingId',
        reason: /must be a building whose time zone .* not nowhere; there are: hq, havana/,
      },
      { line: 7, field: 'validUntil', reason: 'must be later than validFrom' },
      { line: 8, field: 'buildingId', reason: 'is missing' },
    ],
  );
  t.match(notes, [{ code: 'columns-renamed' }, { code: 'dates-at-midnight', message: /validUntil ends with it/ }]);
});

t.test('forms of a date', async (t) => {
  const midnight = '2026-12-31T00:00:00+01:00';
  const table: [text: string, time: string | RegExp][] = [
    ['2026-12-31', midnight],
    ['2026/12/31', midnight],
    ['2026.12.31', midnight],
    ['31.12.2026', midnight],
    ['31/12/2026', midnight],
    ['12/31/2026', midnight],
    ['31-12-2026', midnight],
    ['31.12.2026 18:30', '2026-12-31T18:30:00+01:00'],
    ['31.12.2026, 8:05:09', '2026-12-31T08:05:09+01:00'],
    ['12/31/2026 6:30 PM', '2026-12-31T18:30:00+01:00'],
    ['12/31/2026 12:00 a.m.', midnight],
    ['2026-12-31T18:30', '2026-12-31T18:30:00+01:00'],
    ['2026-12-31 24:00', '2027-01-01T00:00:00+01:00'],
    [
      '1.7.2026',
      /in doubt: 1\.7\.2026 may be 2026-07-01 or 2026-01-07, and no date of the file with “\.” has a day above/,
    ],
    ['7.7.2026', '2026-07-07T00:00:00+02:00'],
    ['2026-02-30', /must be a date that exists/],
    ['31.11.2026', /must be a date that exists/],
    ['32.13.2026', /must be a date that exists/],
    ['2026-13-01', /must be a date that exists/],
    ['31.12.26', /must have a year of four digits/],
    ['46387', /is the number of a day \(46387\); format the column as a date/],
    ['2026-12-31 25:00', /must be a date such as/],
    ['2026-12-31 13:00 PM', /must be a date such as/],
    ['31/12.2026', /must be a date such as/],
    ['2026-12-31T18:30:00Z', '2026-12-31T18:30:00Z'],
    ['2026-12-31T25:30:00Z', /must be a time that exists/],
    ['next year', /must be a date such as 2026-12-31 or 31\.12\.2026, or an RFC 3339 date-time, not next year/],
  ];
  for (const [text, expected] of table) t.match(read([text])[0], expected, text);
});

t.test('the whole file says which number is the day', async (t) => {
  t.same(read(['01/02/2026', '31/12/2026']), ['2026-02-01T00:00:00+01:00', '2026-12-31T00:00:00+01:00']);
  t.same(read(['01/02/2026', '12/31/2026']), ['2026-01-02T00:00:00+01:00', '2026-12-31T00:00:00+01:00']);
  const doubt = /is in doubt: line 3 has 31\/12\/2026, and line 4 has 12\/31\/2026/;
  t.match(read(['01/02/2026', '31/12/2026', '12/31/2026', '2026-12-31']), [
    doubt,
    doubt,
    doubt,
    '2026-12-31T00:00:00+01:00',
  ]);
  t.match(
    read(['01/02/2026', '31.12.2026']),
    [/in doubt/, '2026-12-31T00:00:00+01:00'],
    'dates with another separator say nothing',
  );
  const content =
    'cardId,employeeId,buildingId,validFrom,validUntil\nc1,a,hq,01/02/2026,03/04/2026\nc2,b,hq,,31/12/2026\n';
  const { published, notes } = await imported({ kind: 'cards', content });
  t.match(published, [
    { content: { validFrom: '2026-02-01T00:00:00+01:00', validUntil: '2026-04-04T00:00:00+02:00' } },
    {},
  ]);
  t.match(notes, [
    {
      code: 'dates-read',
      message: 'Dates are read as day, month, year: line 3 leaves no doubt.',
      examples: ['31/12/2026'],
    },
    { code: 'dates-at-midnight' },
  ]);
});

t.test('clocks that are put forward or back', async (t) => {
  const table: [text: string, timeZone: string, isEnd: boolean, time: string][] = [
    ['2026-04-24', 'Africa/Cairo', false, '2026-04-24T01:00:00+03:00'],
    ['2026-04-23', 'Africa/Cairo', true, '2026-04-24T01:00:00+03:00'],
    ['2026-11-01', 'America/Havana', false, '2026-11-01T00:00:00-04:00'],
    ['2026-10-31', 'America/Havana', true, '2026-11-01T00:00:00-04:00'],
    ['2026-03-29 02:30', 'Europe/Berlin', false, '2026-03-29T03:00:00+02:00'],
    ['2026-10-25 02:30', 'Europe/Berlin', false, '2026-10-25T02:30:00+02:00'],
    ['2026-03-29', 'Europe/Berlin', true, '2026-03-30T00:00:00+02:00'],
    ['2026-10-25', 'Europe/Berlin', false, '2026-10-25T00:00:00+02:00'],
    ['2011-12-30', 'Pacific/Apia', false, '2011-12-31T00:00:00+14:00'],
    ['2026-12-31', 'Asia/Kathmandu', false, '2026-12-31T00:00:00+05:45'],
  ];
  for (const [text, timeZone, isEnd, time] of table) {
    t.same(read([text], { timeZone, isEnd }), [time], `${text} in ${timeZone}${isEnd ? ', end' : ''}`);
  }
});

t.test('a day is read as itself in any form that leaves no doubt, or is refused', async (t) => {
  const anyDate = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-12-31'), noInvalidDate: true });
  const form = fc.constantFrom('d/m', 'd.m', 'd-m', 'm/d', 'iso');
  fc.assert(
    fc.property(fc.array(anyDate, { minLength: 1, maxLength: 6 }), form, (dates, form) => {
      const days = dates.map((date) => date.toISOString().slice(0, 10));
      const texts = days.map((day) => {
        const [year, month, date] = day.split('-');
        const between = form[1] ?? '';
        if (form === 'iso') return day;
        return (form[0] === 'd' ? [date, month, year] : [month, date, year]).join(between);
      });
      const found = read(texts, { timeZone: 'UTC' });
      const isSure = form === 'iso' || days.some((day) => Number(day.slice(8)) > 12);
      for (const [i, day] of days.entries()) {
        const isSame = day.slice(5, 7) === day.slice(8);
        if (isSure || isSame) t.equal(found[i], `${day}T00:00:00Z`);
        else t.match(found[i], /in doubt/);
      }
    }),
    { numRuns: 60 },
  );
});
