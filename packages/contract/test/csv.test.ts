import t from 'tap';
import { csvText } from '../values/formats.js';

t.test('a cell is never a formula, and is quoted where needed', async (t) => {
  const table: [value: unknown, cell: string][] = [
    ['plain', 'plain'],
    ['=1+1', "'=1+1"],
    ['+49 30 1', "'+49 30 1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r\n=1', '"\'\r\n=1"'],
    ['a=1', 'a=1'],
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
