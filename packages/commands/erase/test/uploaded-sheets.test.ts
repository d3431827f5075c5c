import { bookEntries, zipOf } from '@swipegate/lambdas/change-import/test/zip-of';
import t from 'tap';
import { uploadsOf } from '../erase-objects.js';
import { Person } from '../person.js';

const nina = new Person({ tenantId: 'acme', employeeId: 'emp-1', name: 'Nina Müller' });
const [uploads] = uploadsOf(nina);
const cell = (ref: string, text: string) => `<c r="${ref}" t="inlineStr"><is><t>${text}</t></is></c>`;
const sheetWith = (...texts: string[]) =>
  zipOf(bookEntries({ sheet: `<row r="1">${texts.map((text, i) => cell(`${'ABC'[i]}1`, text)).join('')}</row>` }));

t.test('uploaded files of each form are searched', async (t) => {
  const hidden = bookEntries({ sheet: '<row r="1"/>', sheets: [['Cards'], ['emp-1', true]] });
  const table: [name: string, bytes: Buffer, found: { id: boolean; name: boolean }][] = [
    ['.xlsx, id', sheetWith('x', 'emp-1'), { id: true, name: false }],
    ['.xlsx, name', sheetWith('nina müller', 'emp-2'), { id: false, name: true }],
    ['.xlsx, a hidden sheet', zipOf(hidden), { id: true, name: false }],
    ['.xlsx, others', sheetWith('emp-11', 'emp-1-2'), { id: false, name: false }],
    ['.xlsx, damaged', sheetWith('x').subarray(0, -25), { id: true, name: false }],
    ['Windows-1252', Buffer.from('emp-2;Nina M\xfcller\n', 'latin1'), { id: false, name: true }],
    ['an encoding of DOS', Buffer.from('emp-1;Nina M\x81ller\n', 'latin1'), { id: true, name: false }],
    ['UTF-16', Buffer.from('\ufeffemp-1\tNina\n', 'utf16le'), { id: true, name: false }],
  ];
  for (const [name, bytes, found] of table) t.same(await uploads?.search(bytes), found, name);
});
