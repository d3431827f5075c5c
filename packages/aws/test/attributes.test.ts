import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import t from 'tap';
import { isNumber, itemOf, itemsOf, rowOf } from '../attributes.js';

/** Not __proto__, which an object does not hold as a member: Fastify refuses it in bodies. */
const name = fc.string().filter((each) => each !== '__proto__');

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
    fc.dictionary(name, tie('any'), { maxKeys: 4 }),
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

/** Every type of attribute, and numbers with all the digits that DynamoDB keeps. */
const number = fc.oneof(
  fc.stringMatching(/^-?[1-9]\d{0,37}$/),
  fc.stringMatching(/^-?[1-9]\d{0,20}\.\d{0,15}[1-9]$/),
  fc.constantFrom('0', '9007199254740991', '9007199254740992', '9007199254740993', '9007199254740993.5'),
  fc.constantFrom('1.00000000000000000001', '0.1234567890123456789', `1${'0'.repeat(125)}`),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 });
const attribute = fc.letrec<{ any: AttributeValue }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    number.map((N) => ({ N })),
    fc.string().map((S) => ({ S })),
    bytes.map((B) => ({ B })),
    fc.uniqueArray(number, { minLength: 1, maxLength: 4 }).map((NS) => ({ NS })),
    fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
    fc.array(bytes, { minLength: 1, maxLength: 2 }).map((BS) => ({ BS })),
    fc.constantFrom<AttributeValue>({ BOOL: true }, { NULL: true }),
    fc.array(tie('any'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(name, tie('any'), { maxKeys: 3, noNullPrototype: true }).map((M) => ({ M })),
  ),
})).any;

t.test('any attribute is read, and written back as it was', async (t) => {
  fc.assert(
    fc.property(attribute, (a) => assert.deepStrictEqual(itemOf(rowOf({ a })), { a })),
    { numRuns: 1_000 },
  );
  const { a, b } = rowOf({ a: { N: '9007199254740993' }, b: { N: '12' } });
  t.same([typeof a, typeof b, isNumber(a), isNumber(b), isNumber('12')], ['object', 'number', true, true, false]);
});

t.test('rows that share a template do not share values', async (t) => {
  const [one, two, three] = itemsOf([{ a: 'x', n: 1 }, { a: 'y', n: 2 }, { n: 3 }]);
  t.same([one, two, three], [{ a: { S: 'x' }, n: { N: '1' } }, { a: { S: 'y' }, n: { N: '2' } }, { n: { N: '3' } }]);
});
