import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import { Display } from '../display.js';
import { printable, printableJson, printableText } from '../fit.js';
import { wantsColor } from '../ink.js';
import { outputWidth, textTable } from '../text-table.js';

t.test('columns fit their content, numbers are right-aligned, and lines have no trailing spaces', async (t) => {
  t.strictSame(
    textTable(
      [{ name: 'reader' }, { name: 'swipes', align: 'right' }, { name: 'note' }],
      [
        ['hq-north-in-1', '9', ''],
        ['a', '1000', 'x'],
      ],
    ),
    ['reader         swipes  note', 'hq-north-in-1       9', 'a                1000  x'],
  );
});

t.test('shortens the widest columns when the table does not fit', async (t) => {
  const lines = textTable(
    [{ name: 'a' }, { name: 'b' }],
    [
      ['x'.repeat(50), 'short'],
      ['y', 'z'.repeat(90)],
    ],
    { width: 40 },
  );
  t.ok(lines.every((line) => line.length <= 40));
  t.match(lines[1], /^x{18}… {2}short$/);
  t.match(lines[2], /^y +z{18}…$/);
});

t.test('bold only on a terminal with colours', async (t) => {
  t.equal(textTable([{ name: 'a' }], [], { color: true })[0], '\u001b[1ma\u001b[22m');
  t.equal(textTable([{ name: 'a' }], [])[0], 'a');
  t.equal(wantsColor({ isTTY: true }, {}), true);
  t.equal(wantsColor({ isTTY: true }, { NO_COLOR: '1' }), false);
  t.equal(wantsColor({}, {}), false);
});

t.test('data cannot steer the terminal', async (t) => {
  const lines = textTable([{ name: 'a\u001b[1m' }, { name: 'b' }], [['\u001b[2J', 'one\ntwo']]);
  t.strictSame(lines, ['a\ufffd[1m  b', '\ufffd[2J   one\ufffdtwo']);
});

t.test('wide characters take two columns', async (t) => {
  const columns = [{ name: 'name' }, { name: 'n', align: 'right' }] as const;
  const rows = [
    ['李明', '1'],
    ['Nina', '22'],
    ['李明李明', '1'],
  ];
  t.strictSame(textTable(columns, rows), ['name       n', '李明       1', 'Nina      22', '李明李明   1']);
  t.strictSame(textTable(columns, rows, { width: 10 }), ['name     n', '李明     1', 'Nina    22', '李明…    1']);
});

t.test('the width is the terminal’s, else COLUMNS, else 80', async (t) => {
  t.equal(outputWidth({ columns: 120 }, { COLUMNS: '200' }), 120);
  t.equal(outputWidth({}, { COLUMNS: '200' }), 200);
  for (const COLUMNS of [undefined, '', '0', 'wide']) t.equal(outputWidth({}, { COLUMNS }), 80);
});

t.test('no text steers the terminal', async (t) => {
  const steering = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '\u001b', '\u009b', '[', '2', 'J', ']', '\u0007', '\r', '\u202e'),
  });
  fc.assert(
    fc.property(text, (text) => {
      const shown = [printable(text), printableText(text), printableJson({ text })];
      t.same(JSON.parse(printableJson({ text })), { text });
      return shown.every((each) => !steering.test(each));
    }),
  );
  t.equal(
    printableText('\u001b[1mbold\u001b[22m\n\u001b[8mhidden\u001b]0;title\u0007'),
    '\u001b[1mbold\u001b[22m\n\ufffd[8mhidden\ufffd]0;title\ufffd',
  );
  const screen = new PassThrough();
  new Display(screen).say('\u001b[31mred\u001b[39m \u001b[2J');
  t.equal(String(screen.read()), '\u001b[31mred\u001b[39m \ufffd[2J\n');
});
