import type { Server } from 'node:http';
import dynalite from 'dynalite';
import fc from 'fast-check';
import inject from 'light-my-request';
import t from 'tap';
import { createDynamodb } from '../../create-dynamodb.js';
import { takeListener } from '../../protocol/serve-emulator.js';
import { serveBatches } from '../serve-batches.js';

const HEADERS = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
};

interface Answer {
  status: number;
  body: unknown;
}

type Call = (operation: string, input: object) => Promise<Answer>;

/** An emulator with a table and two indexes, one of which has only some attributes. */
async function emulator(server: Server): Promise<Call> {
  const listener = takeListener(server);
  const call: Call = async (operation, input) => {
    const headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const answer = await inject(listener, { method: 'POST', url: '/', headers, payload: JSON.stringify(input) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
  await call('CreateTable', {
    TableName: 'swipes',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['id', 'card', 'reader', 'at'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: keys('id', 'card'),
    GlobalSecondaryIndexes: [
      { IndexName: 'by-card', KeySchema: keys('card', 'at'), Projection: { ProjectionType: 'ALL' } },
      {
        IndexName: 'by-reader',
        KeySchema: keys('reader', 'at'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
      },
    ],
  });
  for (;;) {
    const { body } = await call('DescribeTable', { TableName: 'swipes' });
    if (JSON.stringify(body).includes('"TableStatus":"ACTIVE"')) return call;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const few = (...texts: string[]) => fc.constantFrom(...texts).map((S) => ({ S }));
/** Mostly as the product writes; now and then a value that DynamoDB refuses or changes. */
const note = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((S): object => ({ S })) },
  { weight: 3, arbitrary: fc.integer().map((n): object => ({ N: String(n) })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<object>(
      { BOOL: true },
      { NULL: true },
      { L: [{ S: 'a' }, { M: { b: { N: '1' } } }] },
      { SS: ['a', 'b'] },
      { B: 'YQ==' },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { N: 'x' },
      { N: '1.50' },
      { S: 'a', N: '1' },
      {},
      { SS: [] },
      { L: [{}] },
      { S: 1 },
    ),
  },
);
const keyPart = fc.oneof(
  { weight: 30, arbitrary: few('a', 'b', 'c', 'ü') },
  { weight: 1, arbitrary: few('', 'z'.repeat(600)) },
);
const key = fc.record({ id: keyPart, card: few('1', '2') });
const item = fc.record(
  { id: keyPart, card: few('1', '2'), reader: few('r', 's', 'r/1', ''), at: few('09', '10', '11'), note },
  { requiredKeys: ['id', 'card', 'note'] },
);
const table = fc.constantFrom('swipes', 'swipes', 'swipes', 'swipes', 'swipes', 'swipes', 'swipes', 'nowhere');

const INSERT = `INSERT INTO "swipes" VALUE {'id': ?, 'card': ?, 'at': ?, 'reader': ?, 'note': ?}`;
const UPDATE = `UPDATE "swipes" SET "reader"=? REMOVE "note" WHERE "id"=? AND "card"=? AND "at"=?`;
const statement = fc.oneof(
  fc
    .tuple(keyPart, few('1', '2'), few('09', '10'), few('r', 's'), note)
    .map((Parameters): object => ({ Statement: INSERT, Parameters })),
  fc
    .tuple(few('r', 's', ''), keyPart, few('1', '2'), few('09', '10'))
    .map((Parameters): object => ({ Statement: UPDATE, Parameters })),
);
const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(table, fc.array(item, { maxLength: 6 }))
      .map(([name, items]): [string, object] => [
        'BatchWriteItem',
        { RequestItems: { [name]: items.map((Item) => ({ PutRequest: { Item } })) } },
      ]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(table, fc.array(key, { maxLength: 6 }))
      .map(([name, Keys]): [string, object] => [
        'BatchGetItem',
        { RequestItems: { [name]: { Keys, ConsistentRead: true } } },
      ]),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(statement, { minLength: 1, maxLength: 3 })
      .map((Statements): [string, object] => ['BatchExecuteStatement', { Statements }]),
  },
  { weight: 1, arbitrary: key.map((Key): [string, object] => ['DeleteItem', { TableName: 'swipes', Key }]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(key, note)
      .map(([Key, Value]): [string, object] => [
        'UpdateItem',
        { TableName: 'swipes', Key, AttributeUpdates: { note: { Action: 'PUT', Value } } },
      ]),
  },
);

async function everything(call: Call): Promise<unknown[]> {
  const query = (IndexName: string, name: string, value: string) =>
    call('Query', {
      TableName: 'swipes',
      IndexName,
      ScanIndexForward: value !== '1',
      KeyConditions: { [name]: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: value }] } },
    });
  return Promise.all([
    call('Scan', { TableName: 'swipes' }),
    query('by-card', 'card', '1'),
    query('by-card', 'card', '2'),
    query('by-reader', 'reader', 'r'),
    query('by-reader', 'reader', 'r/1'),
  ]);
}

/** As JSON, with the members of objects and the rows of a BatchGetItem in one order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (Array.isArray(part)) return name === 'swipes' ? part.map(canonical).sort() : part;
    return typeof part === 'object' && part !== null ? Object.fromEntries(Object.entries(part).sort()) : part;
  });
}

t.test('every call is answered and stored as by dynalite', async (t) => {
  const ours = await emulator(createDynamodb());
  // Without tables of ours, dynalite gets each row of a call.
  const theirs = await emulator(serveBatches(dynalite({ createTableMs: 0 })));
  const same = (our: unknown, their: unknown) => {
    if (canonical(our) !== canonical(their)) throw new Error(`${canonical(our)}\nis not\n${canonical(their)}`);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
      for (const [operation, input] of calls) same(await ours(operation, input), await theirs(operation, input));
      same(await everything(ours), await everything(theirs));
    }),
    { numRuns: 40, endOnFailure: true },
  );
  t.pass('no counterexample');
});
