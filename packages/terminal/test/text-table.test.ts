import t from 'tap';
import { hasColor, textTable } from '../text-table.js';

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

t.test('bold only on a terminal with colours (Node reports none under NO_COLOR)', async (t) => {
  t.equal(textTable([{ name: 'a' }], [], { color: true })[0], '\u001b[1ma\u001b[22m');
  t.equal(textTable([{ name: 'a' }], [])[0], 'a');
  t.equal(hasColor({ isTTY: true, hasColors: () => true }), true);
  t.equal(hasColor({ isTTY: true, hasColors: () => false }), false);
  t.equal(hasColor({ hasColors: () => true }), false);
});
