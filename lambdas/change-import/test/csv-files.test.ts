import { csvText, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '@swipegate/contract';
import t from 'tap';
import { imported } from './import-of.js';

const HEADER = 'employeeId,name,active,accessLevelIds';
const employee = (employeeId: string, name: string, more: object = {}) => ({
  content: { type: 'set-employee', employee: { employeeId, name, active: true, accessLevelIds: [], ...more } },
});

t.test('equivalent forms of CSV', async (t) => {
  const forms: [name: string, text: string | Buffer][] = [
    ['LF', `${HEADER}\na,Ada,,\nb,"Bo, B",,\n`],
    ['CR LF', `${HEADER}\r\na,Ada,,\r\nb,"Bo, B",,\r\n`],
    ['CR', `${HEADER}\ra,Ada,,\rb,"Bo, B",,\r`],
    ['no final line end', `${HEADER}\na,Ada,,\nb,"Bo, B",,`],
    ['BOM', `\ufeff${HEADER}\na,Ada,,\nb,"Bo, B",,\n`],
    [
      'BOM and quotes',
      `\ufeff"employeeId","name","active","accessLevelIds"\r\n"a","Ada","",""\r\n"b","Bo, B","",""\r\n`,
    ],
    ['spaces', ` employeeId , name , active , accessLevelIds \n a , Ada , , \n b ,"Bo, B", ,\n`],
    ['other order', 'name,accessLevelIds,employeeId\nAda,,a\n"Bo, B",,b\n'],
  ];
  for (const [name, content] of forms) {
    const { lines, published, problem } = await imported({ content });
    t.match(published, [employee('a', 'Ada'), employee('b', 'Bo, B')], name);
    t.match(lines, [{ line: 2 }, { line: 3 }], name);
    t.equal(problem, undefined, name);
  }
});

t.test('cells', async (t) => {
  const content = [
    HEADER,
    'a,"Ada ""the first"" A",TRUE,staff; lab ;;night',
    '',
    'b,"Two\nlines",false,',
    'c,Müller 东 😀,true,"x;y"',
    ',,,',
    "d,=cmd|' /C calc'!A0,,",
    '',
    'e,Ada,maybe,',
    'f,,,',
    '../g,Gus,,',
    'h,Hal,,../lab',
  ].join('\n');
  const { lines, published } = await imported({ content });
  t.match(published, [
    employee('a', 'Ada "the first" A', { accessLevelIds: ['staff', 'lab', 'night'] }),
    employee('c', 'Müller 东 😀', { accessLevelIds: ['x', 'y'] }),
    employee('d', "=cmd|' /C calc'!A0"),
  ]);
  t.equal(published.length, 3);
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      { line: 5, field: 'name', reason: /control character/ },
      { line: 7, field: 'employeeId' },
      { line: 10, field: 'active', reason: 'must be true or false' },
      { line: 11, field: 'name' },
      { line: 12, field: 'employeeId', reason: /1 to 64 letters/ },
      { line: 13, field: 'accessLevelIds.0', reason: /1 to 64 letters/ },
    ],
  );
  t.equal(new Set(lines.map(({ line }) => line)).size, lines.length, 'line numbers are unique');
});

t.test('a formula is stored unchanged and escaped on export', async (t) => {
  for (const formula of ["=cmd|' /C calc'!A0", '+1+1', '-2+3', '@SUM(A1)']) {
    const { published } = await imported({ content: `employeeId,name\na,${formula}\n` });
    t.match(published, [employee('a', formula)]);
    t.equal(csvText(['name'], [{ name: formula }]).split('\r\n')[1], `'${formula}`);
  }
});

t.test('cards', async (t) => {
  const content = [
    'cardId,employeeId,buildingId,zoneId,validFrom,validUntil',
    'c1,a,hq,,,',
    'c2,a,hq,lab,2026-01-01T00:00:00Z,2026-02-01T00:00:00+01:00',
    'c3,a,hq,,2026-02-30T00:00:00Z,',
    'c4,a,hq,,2026-01-01,',
    'c5,a,hq,,2026-02-01T00:00:00Z,2026-02-01T01:00:00+01:00',
    'c6,a,,,,',
  ].join('\n');
  const { lines, published } = await imported({ kind: 'cards', content });
  t.match(published, [
    { content: { type: 'link-card', cardId: 'c1', employeeId: 'a', buildingId: 'hq' } },
    { content: { zoneId: 'lab', validFrom: '2026-01-01T00:00:00Z' } },
  ]);
  t.notOk('zoneId' in (published[0]?.content ?? {}), 'an empty cell counts as missing');
  t.match(lines.slice(2), [
    { line: 4, field: 'validFrom', reason: /must be a time that exists/ },
    { line: 5, field: 'validFrom', reason: /RFC 3339/ },
    { line: 6, field: 'validUntil', reason: 'must be later than validFrom' },
    { line: 7, field: 'buildingId', reason: 'is missing' },
  ]);
});

t.test('only the line with too few or too many cells is refused', async (t) => {
  const { lines, published, problem } = await imported({ content: `${HEADER}\na,Ada\nb,Bo,,,,\nc,Cy,,\n` });
  t.match(lines, [
    { line: 2, reason: /cells/ },
    { line: 3, reason: /cells/ },
    { line: 4, changeId: /-/ },
  ]);
  t.match(published, [employee('c', 'Cy')]);
  t.equal(problem, undefined);
});

t.test('invalid files', async (t) => {
  const files: [content: string | Buffer, problem: RegExp, done: number][] = [
    ['', /The file is empty/, 0],
    ['\ufeff', /The file is empty/, 0],
    ['\r\n\n', /The file is empty/, 0],
    [`${HEADER}\n`, /^$/, 0],
    ['employeeId\na\n', /must have the column name/, 0],
    ['employeeId,name,name\na,A,B\n', /a column twice/, 0],
    ['employeeId,name,salary\na,A,1\n', /column salary is unknown/, 0],
    ['employeeId,name,__proto__\na,A,1\n', /column __proto__ is unknown/, 0],
    ['employeeid;name\na;A\n', /must have the column employeeId/, 0],
    [`${HEADER}\na,Ada,,\nb,"Bo,,\nc,Cy,,\n`, /quote/i, 1],
    [`${HEADER}\na,Ada,,\nb,B"o,,\nc,Cy,,\n`, /quote/i, 1],
    [`${HEADER}\na,Ada,,\nb,${'x'.repeat(4_097)},,\nc,Cy,,\n`, /record size|max_record_size/i, 1],
    ['x'.repeat(5_000), /must have the column employeeId/, 0],
    [Buffer.from(`${HEADER}\na,M\xfcller,,\n`, 'latin1'), /not UTF-8/, 0],
    [Buffer.from(`\ufeff${HEADER}\na,Ada,,\n`, 'utf16le'), /not UTF-8/, 0],
    [Buffer.concat([Buffer.from(`${HEADER}\na,Ada,,\n`), Buffer.from([0xe2, 0x82])]), /not UTF-8/, 1],
  ];
  for (const [content, expected, done] of files) {
    const { problem = '', published, lines } = await imported({ content });
    const name = JSON.stringify(String(content).slice(0, 60));
    t.match(problem, expected, name);
    // Earlier lines may or may not be published, depending on the chunks; results match what was published.
    t.equal(published.length, lines.filter(({ changeId }) => changeId !== undefined).length, name);
    if (!String(expected).includes('UTF-8')) t.equal(published.length, done, name);
  }
});

t.test('characters split across chunks are decoded', async (t) => {
  const bytes = Buffer.from('\ufeffemployeeId,name\na,Zoë 东 😀\n');
  for (let size = 1; size < 8; size++) {
    const content = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    t.match((await imported({ content })).published, [employee('a', 'Zoë 东 😀')], `pieces of ${size}`);
  }
});

t.test('sizes', async (t) => {
  const line = (_: unknown, i: number) => `e${i},Name`;
  const full = ['employeeId,name', ...Array.from({ length: MAX_IMPORT_LINES }, line)].join('\n');
  const whole = await imported({ content: full });
  t.equal(whole.problem, undefined);
  t.equal(new Set(whole.published.map(({ changeId }) => changeId)).size, MAX_IMPORT_LINES);
  const more = await imported({ content: `${full}\nlast,Name` });
  t.match(more.problem, /more than 10000 lines/);
  t.equal(more.published.length, MAX_IMPORT_LINES);
  const large = await imported({ content: 'employeeId,name\na,Ada\n', bytes: MAX_IMPORT_BYTES + 1 });
  t.match(large.problem, /more than 2097152 bytes/);
  t.same([large.published, large.lines], [[], []]);
});
