import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import t from 'tap';
import { itemOf, itemsOf, rowOf } from '../attributes.js';

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 4 }),
  ),
})).any;
const row = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 4, noNullPrototype: true });

/** Removes undefined, which a list cannot leave out. */
const withoutHoles = (text: unknown): unknown => JSON.parse(JSON.stringify(text));

t.test('rows convert to and from attributes as with the SDK', async (t) => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const plain = rows.map((each) =>
        Object.fromEntries(Object.entries(each).map(([k, v]) => [k, v === undefined ? v : withoutHoles(v)])),
      );
      const expected = plain.map((each) => marshall(each, { removeUndefinedValues: true }));
      t.same(plain.map(itemOf), expected);
      t.same(itemsOf(plain), expected, 'with the row before as template');
      t.same(
        expected.map(rowOf),
        expected.map((item) => unmarshall(item)),
      );
    }),
  );
});

t.test('rows that share a template do not share values', async (t) => {
  const [one, two, three] = itemsOf([{ a: 'x', n: 1 }, { a: 'y', n: 2 }, { n: 3 }]);
  t.same([one, two, three], [{ a: { S: 'x' }, n: { N: '1' } }, { a: { S: 'y' }, n: { N: '2' } }, { n: { N: '3' } }]);
});
