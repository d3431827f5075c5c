import fc from 'fast-check';
import t from 'tap';
import { widthOf } from '../fit.js';
import { wrapped } from '../wrap.js';

t.test('breaks between words, and indents by the first prefix', async (t) => {
  t.same(wrapped('one two three four', { first: '  WHY: ', width: 17 }), ['  WHY: one two', '       three four']);
  t.same(wrapped('', { first: '  ', width: 20 }), ['  ']);
});

t.test('breaks within a word that is too long', async (t) => {
  t.same(wrapped('abcdefghijklmno p', { first: '', width: 10 }), ['abcdefghij', 'klmno p']);
});

t.test('no line is too wide and no word is lost', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '界', '😀', ' ', '-'), maxLength: 200 });
  fc.assert(
    fc.property(text, fc.integer({ min: 14, max: 90 }), (text, width) => {
      const lines = wrapped(text, { first: '  - ', width });
      const kept = lines.map((line) => line.slice(4)).join('');
      return lines.every((line) => widthOf(line) <= width) && kept.replaceAll(' ', '') === text.replaceAll(' ', '');
    }),
  );
  t.pass();
});
