import fc from 'fast-check';
import t from 'tap';
import { type CsvRow, csvRows } from '../values/csv-rows.js';
import { csvText } from '../values/csv-text.js';
import { decodedText } from '../values/text-encoding.js';

const rows = (text: string) => Array.from(csvRows(text), (row) => row.fault ?? row.cells);
const lines = (text: string) => Array.from(csvRows(text), ({ line }) => line);

t.test('separators', async (t) => {
  const table = [
    ['a', 'b', 'c'],
    ['1', '2,3', '4;5'],
  ];
  t.same(rows('a,b,c\n1,"2,3",4;5\n'), table, 'comma');
  t.same(rows('a;b;c\n1;2,3;"4;5"\n'), table, 'semicolon');
  t.same(rows('a\tb\tc\n1\t2,3\t4;5\n'), table, 'tab');
  t.same(rows('a|b|c\n1|2,3|4;5\n'), table, 'bar');
  t.same(
    rows('"x,y,z";b\n1;2\n'),
    [
      ['x,y,z', 'b'],
      ['1', '2'],
    ],
    'those in quotes do not count',
  );
  for (const first of ['sep=;', 'SEP=;', '"sep=;"', 'sep=;;;']) {
    t.same(
      rows(`${first}\r\na;b\r\n1;2,3,4\r\n`),
      [
        ['a', 'b'],
        ['1', '2,3,4'],
      ],
      first,
    );
    t.same(lines(`${first}\r\na;b\r\n1;2\r\n`), [2, 3], 'the line counts');
  }
  t.same(
    rows('a\tb\n\t2\n'),
    [
      ['a', 'b'],
      ['', '2'],
    ],
    'an empty first cell',
  );
});

t.test('line ends may be mixed, and lines count as in an editor', async (t) => {
  const text = 'a,b\r\n1,1\n2,2\r3,3\r\n\n\r\n"4\r\n4",4\n5,5';
  t.same(rows(text), [['a', 'b'], ['1', '1'], ['2', '2'], ['3', '3'], [''], [''], ['4\r\n4', '4'], ['5', '5']]);
  t.same(lines(text), [1, 2, 3, 4, 5, 6, 7, 9]);
});

t.test('a malformed line is a fault alone', async (t) => {
  const faults: [line: string, reason: RegExp][] = [
    ['b,Bert "Berti" Muster', /quote inside/],
    ['b,B"o', /quote inside/],
    ['b,"Bo', /not closed/],
    ['"b,Bo', /not closed/],
    ['b,"Bo" Lee', /after a closing quote/],
    ['b,"Bo"Lee"', /after a closing quote/],
    [`b,${'x'.repeat(5_000)}`, /more than 4096/],
    [`b,"${'x'.repeat(5_000)}"`, /more than 4096/],
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    for (const [line, reason] of faults) {
      const read = Array.from(csvRows(['a,n', '1,x', line, 'c,"C, y"', 'd,""', ''].join(end)));
      t.match(
        read,
        [
          { line: 1, cells: ['a', 'n'] },
          { line: 2, cells: ['1', 'x'] },
          { line: 3, fault: reason },
          { line: 4, cells: ['c', 'C, y'] },
          { line: 5, cells: ['d', ''] },
        ],
        JSON.stringify([line.slice(0, 20), end]),
      );
      t.equal(read.length, 5);
    }
  }
});

t.test('text formulas of Excel', async (t) => {
  t.same(rows('a,b\n="00123",x\n"=""0 """"4""""""",="y"\n ="7" ,=1+1\n'), [
    ['a', 'b'],
    ['00123', 'x'],
    ['0 "4"', 'y'],
    ['7', '=1+1'],
  ]);
});

t.test('encodings', async (t) => {
  const text = 'a,b\r\nJürgen,東😀\r\n';
  for (const bom of ['', '\ufeff']) {
    t.same(decodedText(Buffer.from(bom + text)), { text, encoding: 'utf-8' });
    const little = Buffer.from(bom + text, 'utf16le');
    t.same(decodedText(little), { text, encoding: 'utf-16le' });
    t.same(decodedText(Buffer.from(little).swap16()), { text, encoding: 'utf-16be' });
  }
  t.equal(decodedText(Buffer.from('')).text, '');
  const western = Buffer.from('a,Zo\xeb\r\nb,\x80 5 \x93M\xfcller\x94\r\n', 'latin1');
  t.same(decodedText(western), { text: 'a,Zoë\r\nb,€ 5 “Müller”\r\n', encoding: 'windows-1252' });
  const code = { code: 'TEXT_ENCODING' };
  const mixed = Buffer.concat([Buffer.from('a,Zoë\r\nb,\ufffd\r\n'), Buffer.from('c,Jürgen\r\n', 'latin1')]);
  t.throws(() => decodedText(mixed), { ...code, message: /^Line 3 is not UTF-8, but other lines are/ });
  const marked = Buffer.concat([Buffer.from('\ufeffa\r\n'), Buffer.from('Jürgen', 'latin1')]);
  t.throws(() => decodedText(marked), { ...code, message: /^Line 2 is not UTF-8/ });
  const ofDos = Buffer.from('a,b\r\nc,M\x81ller\r\n', 'latin1');
  t.throws(() => decodedText(ofDos), { ...code, message: /^Line 2 is in an unknown encoding/ });
  t.throws(() => decodedText(Buffer.from(`\ufeff${text}x`, 'utf16le').subarray(0, -1)), code);
});

t.test('csvRows reads back the text that csvText writes', async (t) => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '"', ',', ';', '\t', '\n', '\r\n', '|', '7', '.') });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (table) => {
      const written = csvText(
        ['c0', 'c1'],
        table.map(([c0, c1]) => ({ c0, c1 })),
      );
      const [, ...read] = Array.from(csvRows(written), (row) => row.fault ?? row.cells);
      const plain = (text: string) => text.replaceAll(' ', '').trim();
      t.same(
        read
          .flat()
          .map(plain)
          .map((text) => text.replace(/^'/, '').trim()),
        table.flat().map(plain),
      );
    }),
  );
});

t.test('whatever the text, each line belongs to one row, and no row throws', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '=', ' ', '\u200b'), maxLength: 60 });
  fc.assert(
    fc.property(text, (text) => {
      const found: CsvRow[] = Array.from(csvRows(text));
      const ends = text.split(/\r\n?|\n/);
      const count = ends.at(-1) === '' ? ends.length - 1 : ends.length;
      const numbers = found.map(({ line }) => line);
      const rising = numbers.every((line, i) => line > (numbers[i - 1] ?? 0));
      return rising && (numbers.at(-1) ?? 0) <= count && (count === 0) === (numbers.length === 0);
    }),
  );
  t.pass();
});
