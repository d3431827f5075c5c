import { csvText, type ImportKind, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '@swipegate/contract';
import t from 'tap';
import { imported } from './import-of.js';

const HEADER = 'employeeId,name,active,accessLevelIds';
const employee = (employeeId: string, name: string, more: object = {}) => ({
  content: { type: 'patch-employee', employeeId, name, ...more },
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
    ['names in other cases', `EmployeeId,NAME,Active,accesslevelids\na,Ada,,\nb,"Bo, B",,\n`],
    ['names with spaces', `\ufeff"  Employee ID ","Name",active,"access_level\u00a0IDs"\na,Ada,,\nb,"Bo, B",,\n`],
    ['other order', 'name,accessLevelIds,employeeId\nAda,,a\n"Bo, B",,b\n'],
    ['LF in the header, CR LF below', `${HEADER}\na,Ada,,\r\nb,"Bo, B",,\r\n`],
    ['CR LF in the header, LF below', `${HEADER}\r\na,Ada,,\nb,"Bo, B",,\n`],
    ['CR LF, then LF', `${HEADER}\r\na,Ada,,\r\nb,"Bo, B",,\n`],
    ['semicolons', `${HEADER.replaceAll(',', ';')}\r\na;Ada;;\r\nb;Bo, B;;\r\n`],
    ['semicolons and a BOM', `\ufeff${HEADER.replaceAll(',', ';')}\r\na;Ada;;\r\nb;Bo, B;;\r\n`],
    ['tabs', `${HEADER.replaceAll(',', '\t')}\na\tAda\t\t\nb\tBo, B\t\t\n`],
    ['UTF-16', Buffer.from(`\ufeff${HEADER}\na,Ada,,\nb,"Bo, B",,\n`, 'utf16le')],
    ['Unicode Text', Buffer.from(`\ufeff${HEADER.replaceAll(',', '\t')}\na\tAda\t\t\nb\t"Bo, B"\t\t\n`, 'utf16le')],
    ['text formulas', `${HEADER}\n="a",="Ada",,\n"=""b""","=""Bo, B""",,\n`],
    ['empty columns at the end', `${HEADER},,,\na,Ada,,,,,\nb,"Bo, B",,,,,\n`],
    ['an unnamed column', 'employeeId,,name\na,,Ada\nb,,"Bo, B"\n'],
    ['names in English', 'Personnel No.;Full name;Active?;Access levels\na;Ada;;\nb;Bo, B;;\n'],
    ['names in German', 'Personal-Nr.;Vollst\u00e4ndiger Name;aktiv;Zutrittsprofile\na;Ada;;\nb;Bo, B;;\n'],
    ['columns that are not known', 'employeeId,salary,name,__proto__\na,1,Ada,x\nb,2,"Bo, B",\n'],
    ['NFD, no-break and zero-width spaces', `${HEADER}\n\u00a0a\u200b,Ada\u00a0,,\nb,"Bo,\u00a0\u202fB",,\n`],
  ];
  for (const [name, content] of forms) {
    const { lines, published, problem } = await imported({ content });
    t.match(published, [employee('a', 'Ada'), employee('b', 'Bo, B')], name);
    t.match(lines, [{ line: 2 }, { line: 3 }], name);
    t.equal(lines.length, 2, name);
    t.equal(problem, undefined, name);
  }
  const { lines, published } = await imported({
    content: `sep=;\r\n${HEADER.replaceAll(',', ';')}\r\na;Ada;;x,y|z\r\n`,
  });
  t.match(published, [employee('a', 'Ada', { accessLevelIds: ['x', 'y', 'z'] })], 'the line of Excel');
  t.match(lines, [{ line: 3 }]);
});

t.test('names are stored in one form', async (t) => {
  const content = 'employeeId,name\na,Ju\u0308rgen\u00a0Mu\u0308ller\nb,\u200b\nc,\u202eEve\u202c\nd, \u3000 \n';
  const { lines, published } = await imported({ content });
  t.match(published, [employee('a', 'Jürgen Müller'), employee('c', 'Eve')]);
  t.match(lines, [
    { line: 2 },
    { line: 3, field: 'name', reason: /1 to 128/ },
    { line: 4 },
    { line: 5, field: 'name' },
  ]);
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
    'i,Ida,WAHR,',
    'j,Jo,nein,',
    'f,,,',
    '../g,Gus,,',
    'h,Hal,,../lab',
  ].join('\n');
  const { lines, published, blankLines } = await imported({ content });
  t.match(published, [
    employee('a', 'Ada "the first" A', { accessLevelIds: ['staff', 'lab', 'night'] }),
    employee('c', 'Müller 东 😀', { accessLevelIds: ['x', 'y'] }),
    employee('d', "=cmd|' /C calc'!A0"),
    employee('i', 'Ida', { active: true }),
    employee('j', 'Jo', { active: false }),
  ]);
  t.equal(published.length, 5);
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      { line: 4, field: 'name', reason: /control character/ },
      { line: 10, field: 'active', reason: 'must be true or false' },
      { line: 13, field: 'name' },
      { line: 14, field: 'employeeId', reason: /1 to 64 letters/ },
      { line: 15, field: 'accessLevelIds.0', reason: /1 to 64 letters/ },
    ],
  );
  t.equal(new Set(lines.map(({ line }) => line)).size, lines.length, 'line numbers are unique');
  t.equal(blankLines, 3);
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
    'c4,a,hq,,soon,',
    'c5,a,hq,,2026-02-01T00:00:00Z,2026-02-01T01:00:00+01:00',
    'c6,a,,,,',
    '1.23457E+11,a,hq,,,',
    '12 345 678,a,hq,,,',
  ].join('\n');
  const { lines, published } = await imported({ kind: 'cards', content });
  t.match(published, [
    { content: { type: 'link-card', cardId: 'c1', employeeId: 'a', buildingId: 'hq' } },
    { content: { zoneId: 'lab', validFrom: '2026-01-01T00:00:00Z' } },
  ]);
  t.notOk('zoneId' in (published[0]?.content ?? {}), 'an empty cell counts as missing');
  t.match(lines.slice(2), [
    { line: 4, field: 'validFrom', reason: /must be a time that exists/ },
    { line: 5, field: 'validFrom', reason: /must be a date such as 2026-12-31 .* not soon/ },
    { line: 6, field: 'validUntil', reason: 'must be later than validFrom' },
    { line: 7, field: 'buildingId', reason: 'is missing' },
    {
      line: 8,
      field: 'cardId',
      reason: /1.23457E\+11 has lost digits\. In the spreadsheet, format the column as text/,
    },
    { line: 9, field: 'cardId', reason: /1 to 64 letters/ },
  ]);
});

t.test('numbers of cards in the formats of readers become ids', async (t) => {
  const content = [
    'Kartennummer;employeeId;buildingId;Kartenformat',
    '04:A1:B2:C3;a;hq;uid-hex',
    '"161,45763";b;hq;Wiegand-26',
    '0077705923;c;hq;uid-decimal',
    '04A1B2C3;d;hq;uid-hex',
    'c-5;e;hq;',
    'c-6;f;hq;as-sent',
    '04A1;g;hq;uid-hex',
    '12;h;hq;morse',
    '161,45763;i;hq;',
  ].join('\n');
  const { published, lines, notes } = await imported({ kind: 'cards', content });
  t.match(
    published.map(({ content }) => (content.type === 'link-card' ? content.cardId : '')),
    ['w26-161-45763', 'c-5', 'c-6'],
  );
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      { line: 2, field: 'cardId', reason: /^is in lines 4, 5 too/ },
      { line: 4, field: 'cardId', reason: /^is in lines 2, 5 too/ },
      { line: 5, field: 'cardId', reason: /^is in lines 2, 4 too/ },
      { line: 8, field: 'cardId', reason: /must be a UID of 4, 5, 7, 8 or 10 bytes in hex/ },
      { line: 9, field: 'cardFormat', reason: /must be one of as-sent, uid-hex, / },
      {
        line: 10,
        field: 'cardId',
        reason: /1 to 64 .*; the column cardFormat says how to read a number that is no id/,
      },
    ],
  );
  t.match(notes, [
    { code: 'columns-renamed' },
    { code: 'card-format-missing', examples: ['c-5', 'c-6'] },
    { code: 'card-unsent', message: /No reader of this site sends/, examples: ['w26-161-45763'] },
  ]);
  t.equal(notes?.length, 3);
  t.notOk(
    published.some(({ content }) => 'cardFormat' in content),
    'the format is not part of the change',
  );
});

t.test('a preview foresees what would be rejected', async (t) => {
  const previewed = async (kind: ImportKind, rows: string[]) => {
    const { lines, published } = await imported({ kind, content: rows.join('\n'), preview: true });
    t.same(published, []);
    return lines;
  };
  t.match(await previewed('employees', [HEADER, 'e,Eve,,staff nowhere', 'f,Flo,,staff']), [
    { line: 2, changeId: /-/, code: 'access-level-unknown', reason: /no access level nowhere\. There are/ },
    { line: 3, code: undefined },
  ]);
  const cards = [
    'cardId,employeeId,buildingId,zoneId',
    'c1,a,hq,lab',
    'c2,stranger,hq,',
    'c3,gone,hq,',
    'taken,a,hq,',
    'c5,a,moon,',
    'c6,a,havana,lab',
  ];
  t.match(await previewed('cards', cards), [
    { line: 2, code: undefined },
    { line: 3, code: 'employee-unknown' },
    { line: 4, code: 'employee-inactive' },
    { line: 5, code: 'card-already-linked' },
    { line: 6, code: 'building-unknown' },
    { line: 7, code: 'zone-unknown' },
  ]);
  const zones = ['zoneId,buildingId,name,outerZoneId', 'n1,hq,One,n2', 'n2,hq,Two,offices', 'n3,hq,Three,nowhere'];
  t.match(await previewed('zones', zones), [
    { line: 2, code: undefined },
    { line: 3, code: undefined },
    { line: 4, code: 'zone-unknown' },
  ]);
  const readers = [
    'readerId,door,buildingId,zoneId,direction',
    'r1,D,hq,lab,in',
    'r2,D,hq,nowhere,in',
    'r3,D,moon,lab,in',
  ];
  t.match(await previewed('readers', readers), [
    { line: 2, code: undefined },
    { line: 3, code: 'zone-unknown' },
    { line: 4, code: 'building-unknown' },
  ]);
});

t.test('only a malformed line is refused', async (t) => {
  const content = [
    HEADER,
    'a,Ada',
    'b,Bo,,,,x',
    'c,Cy,,',
    'd,Dan "D" Lee,,',
    '="e,Eve,,',
    'f,"Flo,,',
    `g,${'x'.repeat(4_097)},,`,
    'h,Hal,,,,',
  ].join('\r\n');
  const { lines, published, problem } = await imported({ content });
  t.match(lines, [
    { line: 2, reason: 'has 2 cells, but the header has 4' },
    { line: 3, reason: 'has a cell in column 6, which has no name in the header' },
    { line: 4, changeId: /-/ },
    { line: 5, reason: /quote inside/ },
    { line: 6, reason: /not closed/ },
    { line: 7, reason: /not closed/ },
    { line: 8, reason: /more than 4096 characters/ },
    { line: 9, changeId: /-/ },
  ]);
  t.equal(lines.length, 8);
  t.match(published, [employee('c', 'Cy'), employee('h', 'Hal')]);
  t.equal(problem, undefined);
});

t.test('an invalid file changes nothing', async (t) => {
  const files: [content: string | Buffer, problem: RegExp][] = [
    ['', /The file is empty/],
    ['\ufeff', /The file is empty/],
    ['\r\n\n', /The file is empty/],
    [
      'employeeId\na\n',
      /lacks name\. It has: employeeId\. Required: employeeId, name\. Optional: active, accessLevelIds\./,
    ],
    ['active\n\n', /lacks employeeId, name\./],
    ['employeeId,name,Name\na,A,B\n', /has name and Name: both mean name\. Remove or rename one/],
    ['Personalnummer,Mitarbeiter,name\na,b,A\n', /has Personalnummer and Mitarbeiter: both mean employeeId/],
    ['emploiee_id;name\na;A\n', /lacks employeeId\. .*Does emploiee_id mean employeeId\? Rename it\. Required: /],
    ['Persnalnummer;name\na;A\n', /Does Persnalnummer mean employeeId\?/],
    ['employeeId,"name\na,A\n', /header has a quote that is not closed/],
    ['x'.repeat(5_000), /header has more than 4096 characters/],
    [Buffer.concat([Buffer.from(`${HEADER}\na,Zoë,,\n`), Buffer.from([0xe2, 0x82])]), /Line 3 is not UTF-8/],
    [Buffer.from(`${HEADER}\na,M\x81ller,,\n`, 'latin1'), /Line 2 is in an unknown encoding/],
  ];
  for (const [content, expected] of files) {
    const { problem = '', published, lines } = await imported({ content });
    const name = JSON.stringify(String(content).slice(0, 60));
    t.match(problem, expected, name);
    t.match(problem, /Nothing was imported\.$/, name);
    t.same([published, lines], [[], []], name);
  }
  t.same((await imported({ content: `${HEADER}\n` })).problem, undefined, 'a header alone');
});

t.test('notes say what was converted, renamed and ignored', async (t) => {
  const western = 'Personalnummer;Name;Abteilung;Aktive\r\na;Müller;Café;\r\nb;Zoë;;\r\nc;Ada;;\r\nd;Jürgen;;\r\n';
  const { notes, published } = await imported({ content: Buffer.from(western, 'latin1') });
  t.match(notes, [
    { code: 'encoding-converted', message: /Windows-1252/, examples: ['Müller', 'Zoë'] },
    { code: 'columns-renamed', examples: ['Personalnummer = employeeId'] },
    {
      code: 'columns-ignored',
      message: 'Columns that the import does not know are ignored. Does Aktive mean active? Rename it.',
      examples: ['Abteilung', 'Aktive'],
    },
  ]);
  t.equal(notes?.length, 3);
  t.match(published, [employee('a', 'Müller'), employee('b', 'Zoë'), employee('c', 'Ada'), employee('d', 'Jürgen')]);
  const cards = 'cardId;employeeId;Gebäude;Bemerkung\r\nc;a;hq;für Gäste\r\nd;b;hq;schön\r\n';
  t.match(
    (await imported({ kind: 'cards', content: Buffer.from(cards, 'latin1') })).notes,
    [{ code: 'encoding-converted', examples: ['Gebäude', 'für Gäste'] }, {}, {}],
    'without names, any texts',
  );
  const other = await imported({ content: 'employeeId,Mitarbeiter,name\na,b,Ada\n' });
  t.match(other.published, [employee('a', 'Ada')], 'the name itself counts before another name of the column');
  t.match(other.notes, [{ code: 'columns-ignored', examples: ['Mitarbeiter'] }]);
  t.same((await imported({ content: `${HEADER}\na,Zoë,,\n` })).notes, [], 'nothing to tell');
});

t.test('a key that the file has twice counts in none of its lines', async (t) => {
  const content = ['employeeId,name', 'a,Ada', 'b,Bo', '\u00a0a,Eve', 'c,Cy', 'a,', ',Dan', ',Eve'].join('\n');
  const { lines, published } = await imported({ content });
  t.match(published, [employee('b', 'Bo'), employee('c', 'Cy')]);
  t.equal(published.length, 2);
  t.match(lines, [
    { line: 2, field: 'employeeId', reason: /^is in lines 4, 6 too; .* none of these lines counts/ },
    { line: 3, changeId: /-/ },
    { line: 4, field: 'employeeId', reason: /^is in lines 2, 6 too/ },
    { line: 5 },
    { line: 6, field: 'employeeId', reason: /^is in lines 2, 4 too/ },
    { line: 7, field: 'employeeId', reason: /1 to 64/ },
    { line: 8, field: 'employeeId', reason: /1 to 64/ },
  ]);
  const same = await imported({ kind: 'cards', content: 'cardId,employeeId,buildingId\nc,a,hq\nc,b,hq\nd,a,hq' });
  t.match(same.published, [{ content: { cardId: 'd', employeeId: 'a' } }], 'an employee may have two cards');
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
  t.same([more.published, more.lines], [[], []]);
  const large = await imported({ content: 'employeeId,name\na,Ada\n', bytes: MAX_IMPORT_BYTES + 1 });
  t.match(large.problem, /more than 2097152 bytes/);
  t.same([large.published, large.lines], [[], []]);
});
