import { MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '@swipegate/contract';
import fc from 'fast-check';
import { type CellValue, writeXlsx } from 'hucre';
import t from 'tap';
import { fileRows } from '../file-rows.js';
import { fileText } from '../file-text.js';
import { imported } from './import-of.js';
import { bookEntries, zipOf } from './zip-of.js';

const HEADER = ['employeeId', 'name', 'active', 'accessLevelIds'];
const book = async (...rows: CellValue[][]) => Buffer.from(await writeXlsx({ sheets: [{ name: 'Staff', rows }] }));
const cells = (...all: string[]) => all.join('');
const text = (ref: string, value: string) => `<c r="${ref}" t="inlineStr"><is><t>${value}</t></is></c>`;
const number = (ref: string, value: string, style = 0) => `<c r="${ref}" s="${style}"><v>${value}</v></c>`;

t.test('a workbook is read like a CSV file', async (t) => {
  const rows = [
    ['Personalnummer', 'Name', 'Abteilung', 'aktiv'],
    [1042, 'Jürgen Müller', 'IT', true],
    [],
    ['00017', ' Zoë ', null, null],
  ];
  const { lines, published, blankLines, notes } = await imported({ content: await book(...rows) });
  t.match(published, [
    { content: { type: 'patch-employee', employeeId: '1042', name: 'Jürgen Müller', active: true } },
    { content: { type: 'patch-employee', employeeId: '00017', name: 'Zoë' } },
  ]);
  t.match(lines, [{ line: 2 }, { line: 4 }], 'lines are rows of the sheet');
  t.equal(blankLines, 1);
  t.match(notes, [{ code: 'columns-renamed' }, { code: 'columns-ignored', examples: ['Abteilung'] }]);
});

t.test('cells are read as a person sees them', async (t) => {
  const formats = ['00000000', 14, 'dd.mm.yyyy\\ hh:mm', '0.00E+00', '0', '@', '"C-"0000', 22, 49];
  const sheet = cells(
    `<row r="1">${['Card number', 'employeeId', 'buildingId', 'valid from', 'Valid until'].map((name, i) => text(`${'ABCDE'[i]}1`, name)).join('')}</row>`,
    `<row r="2"><c r="A2" t="s"><v>0</v></c>${text('B2', 'a')}${text('C2', 'hq')}${number('D2', '46357', 2)}${number('E2', '46387', 2)}</row>`,
    `<row r="3">${number('A3', '4711', 1)}${text('B3', 'b')}${text('C3', 'hq')}${number('D3', '46357.75', 3)}</row>`,
    `<row r="4">${number('A4', '12300000000', 4)}${text('B4', 'c')}${text('C4', 'hq')}</row>`,
    `<row r="5">${number('A5', '123456789012345', 5)}${text('B5', 'd')}${text('C5', 'hq')}${number('D5', '46357.75', 2)}</row>`,
    `<row r="6">${number('A6', '1234567890123456789', 5)}${text('B6', 'e')}${text('C6', 'hq')}</row>`,
    `<row r="7">${number('A7', '12', 7)}${text('B7', 'f')}${text('C7', 'hq')}${text('D7', '01.12.2026')}${text('E7', '31.12.2026')}</row>`,
    `<row r="8">${text('A8', 'c8')}<c r="B8" t="e"><f>1/0</f><v>#DIV/0!</v></c>${text('C8', 'hq')}</row>`,
    `<row r="9">${text('A9', 'c9')}${number('B9', '46024', 2)}${text('C9', 'hq')}</row>`,
    `<row r="10">${text('A10', 'c10')}${number('B10', '123456789012')}${text('C10', 'hq')}${number('D10', '46357')}</row>`,
    `<row r="11">${text('A11', 'c11')}<c r="B11" t="str"><f>"x"&amp;1</f><v>x1</v></c><c r="C11" t="inlineStr"><is><r><t>h</t></r><r><t>q</t></r></is></c></row>`,
    '<row r="12"/><row r="13"><c r="H13" s="1"/></row>',
  );
  const content = zipOf(bookEntries({ sheet, strings: [' 00123'], formats }));
  const { published, lines, blankLines } = await imported({ kind: 'cards', content });
  const card = (cardId: string, more: object = {}) => ({ content: { type: 'link-card', cardId, ...more } });
  t.match(published, [
    card('00123', { validFrom: '2026-12-01T00:00:00+01:00', validUntil: '2027-01-01T00:00:00+01:00' }),
    card('00004711', { validFrom: '2026-12-01T18:00:00+01:00' }),
    card('123456789012345', { validFrom: '2026-12-01T00:00:00+01:00' }),
    card('C-0012', { validFrom: '2026-12-01T00:00:00+01:00', validUntil: '2027-01-01T00:00:00+01:00' }),
    card('c11', { employeeId: 'x1', buildingId: 'hq' }),
  ]);
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      {
        line: 4,
        field: 'cardId',
        reason: /1\.23E\+10 has lost digits\. In the spreadsheet, format the column as text/,
      },
      { line: 6, field: 'cardId', reason: /1\.23E\+18 has lost digits/ },
      { line: 8, reason: 'has the error #DIV/0! of a formula' },
      { line: 9, field: 'employeeId', reason: /is a date in the spreadsheet; format the column as text/ },
      { line: 10, field: 'validFrom', reason: /is the number of a day \(46357\); format the column as a date/ },
    ],
  );
  t.ok(blankLines !== undefined && blankLines <= 2);
  const mac = zipOf(
    bookEntries({
      sheet: cells(
        `<row r="1">${text('A1', 'cardId')}${text('B1', 'employeeId')}${text('C1', 'buildingId')}${text('D1', 'validFrom')}</row>`,
        `<row r="2">${text('A2', 'c')}${text('B2', 'a')}${text('C2', 'hq')}${number('D2', '44895', 1)}</row>`,
      ),
      formats: [14],
      properties: 'date1904="1"',
    }),
  );
  t.match((await imported({ kind: 'cards', content: mac })).published, [
    { content: { validFrom: '2026-12-01T00:00:00+01:00' } },
  ]);
});

t.test('the first visible sheet is read, or the one named', async (t) => {
  const sheet = cells(
    `<row r="1">${text('A1', 'employeeId')}${text('B1', 'name')}</row><row r="2">${text('A2', 'a')}${text('B2', 'Ada')}</row>`,
  );
  const sheets = [['Old', true], ['Notes'], ['Staff']] as const;
  const first = zipOf(bookEntries({ sheet, sheets: [['Staff'], ['Notes'], ['Old', true]] }));
  const { published, notes } = await imported({ content: first });
  t.match(published, [{ content: { name: 'Ada' } }]);
  t.match(notes, [{ code: 'sheet-read', message: 'Only the sheet Staff is read, not these.', examples: ['Notes'] }]);
  t.equal(notes?.[0]?.examples?.length, 1, 'hidden ones are not named');
  const hidden = zipOf(bookEntries({ sheet, sheets }));
  t.match((await imported({ content: hidden })).problem, /lacks employeeId, name\. It has: Notes\./);
  t.match(
    (await imported({ content: hidden, sheet: ' old' })).published,
    [{ content: { name: 'Ada' } }],
    'a hidden one by its name',
  );
  t.match(
    (await imported({ content: hidden, sheet: 'Cards' })).problem,
    /no sheet Cards\. It has: Old, Notes, Staff\. Nothing/,
  );
  t.match(await fileText(hidden), /employeeId\tname\na\tAda\nNotes\nStaff/, 'a search covers all of them');
});

t.test('damaged, locked, large and foreign files are refused as a whole', async (t) => {
  const good = bookEntries({ sheet: `<row r="1">${text('A1', 'employeeId')}${text('B1', 'name')}</row>` });
  t.equal((await imported({ content: zipOf(good) })).problem, undefined);
  const bomb = Buffer.alloc(33 * 1024 * 1024, ' ');
  const withSheet = (entry: { content: Buffer; declared?: number }) =>
    zipOf([...good.filter(({ name }) => !name.includes('sheet1')), { name: 'xl/worksheets/sheet1.xml', ...entry }]);
  const corner = `<row r="1">${text('A1', 'employeeId')}${text('B1', 'name')}</row><row r="1048576">${text('XFD1048576', 'x')}</row>`;
  const long = cells(
    `<row r="1">${text('A1', 'employeeId')}${text('B1', 'name')}</row>`,
    `<row r="2">${text('A2', 'a')}<c r="B2" t="s"><v>0</v></c></row>`,
  );
  const files: [name: string, content: Buffer, problem: RegExp][] = [
    [
      'a zip bomb',
      withSheet({ content: bomb }),
      /more than 32 MiB when it is unpacked\. Copy the rows into a new file/,
    ],
    ['a zip bomb that lies', withSheet({ content: bomb, declared: 1_000 }), /not a readable \.xlsx file .*1000 bytes/],
    ['a zip bomb without a size', withSheet({ content: bomb, declared: 0 }), /is damaged\. Save it as/],
    ['a cell in the last corner', zipOf(bookEntries({ sheet: corner })), /not a readable \.xlsx file .*limit/],
    ['cut off', zipOf(good).subarray(0, -30), /is damaged/],
    ['another zip', zipOf([{ name: 'content.xml', content: 'a' }]), /not a readable \.xlsx file/],
    [
      'no XML',
      zipOf(good.map((entry) => (entry.name.includes('sheet1') ? { ...entry, content: '<row' } : entry))),
      /./,
    ],
    ['an old Excel file', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /is an old Excel file, or has a password/],
  ];
  for (const [name, content, expected] of files) {
    t.ok(content.length <= MAX_IMPORT_BYTES, `${name}: ${content.length} bytes`);
    const { problem = '', published } = await imported({ content });
    t.match(problem, expected, name);
    t.match(problem, /Nothing was imported\.$/, name);
    t.same(published, [], name);
  }
  const { lines } = await imported({ content: zipOf(bookEntries({ sheet: long, strings: ['x'.repeat(4_097)] })) });
  t.match(lines, [{ line: 2, reason: 'has more than 4096 characters' }]);
  const many = await book(
    HEADER,
    ...Array.from({ length: MAX_IMPORT_LINES + 1 }, (_, i) => [`e${i}`, 'Name', null, null]),
  );
  t.match((await imported({ content: many })).problem, /more than 10000 lines/);
  t.equal(await fileText(zipOf(good).subarray(0, -30)), undefined, 'a damaged file cannot be searched');
});

t.test('any table reads back the same from each form of file', async () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'ü', 'Š', '€', '0', '7', ',', ';', '\t', '"', "'", 'E', '+', '.', ' '),
    maxLength: 8,
  });
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
  const plain = (text: string) => text.replaceAll('\t', ' ').replaceAll(/ +/g, ' ').trim();
  await fc.assert(
    fc.asyncProperty(table, async (rows) => {
      const expected = rows.map((row) => row.map(plain)).filter((row) => row.some((cell) => cell !== ''));
      const lines = (separator: string) =>
        rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(separator)).join('\r\n');
      const files: Record<string, Uint8Array> = {
        xlsx: await writeXlsx({ sheets: [{ name: 'a', rows }] }),
        comma: Buffer.from(lines(',')),
        semicolon: Buffer.from(`\ufeff${lines(';')}`),
        tab: Buffer.from(`\ufeff${lines('\t')}`, 'utf16le'),
        'windows-1252': Buffer.from(lines(';').replaceAll('Š', '\x8a').replaceAll('€', '\x80'), 'latin1'),
      };
      for (const [form, bytes] of Object.entries(files)) {
        const read = Array.from((await fileRows(bytes, undefined)).rows, (row) => row.fault ?? row.cells);
        const found = read.map((row) => (typeof row === 'string' ? [row] : row.map(plain)));
        const filled = found
          .filter((row) => row.some((cell) => cell !== ''))
          .map((row) => [...row, '', ''].slice(0, 3));
        if (JSON.stringify(filled) !== JSON.stringify(expected)) {
          throw new Error(`${form}: ${JSON.stringify(filled)} instead of ${JSON.stringify(expected)}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});
