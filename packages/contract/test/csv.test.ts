import fc from 'fast-check';
import t from 'tap';
import { csvText } from '../values/csv-text.js';

t.test('a cell is never a formula, and is quoted where needed', async (t) => {
  const table: [value: unknown, cell: string][] = [
    ['plain', 'plain'],
    ['=1+1', "'=1+1"],
    ['+49 30 1', "'+49 30 1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\tx', "'\tx"],
    ['\r\n=1', '"\'\r\n\'=1"'],
    ['＝1+1', "'＝1+1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠SUM(A1)', "'＠SUM(A1)"],
    [' =1+1', "' =1+1"],
    ['\u200e=1+1', "'=1+1"],
    ['"=1+1', '"\'""=1+1"'],
    [';=1+1', ";'=1+1"],
    ['a; @SUM(A1)', "a; '@SUM(A1)"],
    ['a;"=1+1', '"a;""\'=1+1"'],
    ['a\t-1', "a\t'-1"],
    ['"\t=1', '"""\t\'=1"'],
    ['a,＝1+1', '"a,\'＝1+1"'],
    ['a\n=1+1', '"a\n\'=1+1"'],
    ['a=1', 'a=1'],
    ['a; b-c', 'a; b-c'],
    [-2, '-2'],
    ['\u202eEve\u202c', 'Eve'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    [undefined, ''],
    [null, ''],
    [true, 'true'],
    [0, '0'],
  ];
  for (const [value, cell] of table) t.equal(csvText(['c'], [{ c: value }]), `c\r\n${cell}\r\n`, cell);
  t.equal(csvText(['a', 'b'], []), 'a,b\r\n', 'without rows there is still a header line');
  t.equal(csvText(['a', 'b'], [{ b: 2 }]), 'a,b\r\n,2\r\n');
});

t.test('for a spreadsheet that expects semicolons', async (t) => {
  const rows = [{ name: 'Jörg; "Ö"', id: 'a,b' }];
  t.equal(
    csvText(['name', 'id'], rows, { separator: 'semicolon', bom: true }),
    '\ufeffname;id\r\n"Jörg; ""Ö""";a,b\r\n',
  );
  t.equal(csvText(['name', 'id'], rows, { separator: 'tab' }), 'name\tid\r\n"Jörg; ""Ö"""\ta,b\r\n');
});

t.test('no separator makes a formula of a text', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '=', '-', '＝', ',', ';', '\t', '"', ' ', '\n', '\u202e') });
  fc.assert(
    fc.property(text, fc.constantFrom('comma', 'semicolon', 'tab'), (value, separator) => {
      const written = csvText(['x', 'c'], [{ x: 'x', c: value }], { separator });
      // The cells that a spreadsheet shows if it splits at any separator and ignores quotes.
      const cells = written.split(/[,;\t\r\n]/).map((cell) => cell.replaceAll(/^[\s"]+/g, ''));
      return cells.every((cell) => !/^[=\-＝]/.test(cell));
    }),
  );
  t.pass();
});
