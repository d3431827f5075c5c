import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import t from 'tap';
import { createDynamodb } from '../../create-dynamodb.js';

const server = createDynamodb();
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const dynamodb = new DynamoDBClient({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: new NodeHttpHandler({}),
});
t.teardown(() => {
  dynamodb.destroy();
  server.close();
});
await dynamodb.send(
  new CreateTableCommand({
    TableName: 'music',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'artist', KeyType: 'HASH' },
      { AttributeName: 'song', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'artist', AttributeType: 'S' },
      { AttributeName: 'song', AttributeType: 'S' },
    ],
  }),
);

const INSERT = `INSERT INTO "music" VALUE {'artist': ?, 'song': ?, 'awards': ?}`;
const UPDATE = `UPDATE "music" SET "awards"=? SET "detail"=? WHERE "artist"=? AND "song"=? AND "awards"=?`;

const insert = (song: string, awards: number): BatchStatementRequest => ({
  Statement: INSERT,
  Parameters: [{ S: 'Acme' }, { S: song }, { N: String(awards) }],
});
const update = (song: string, from: number, to: number): BatchStatementRequest => ({
  Statement: UPDATE,
  Parameters: [{ N: String(to) }, { NULL: true }, { S: 'Acme' }, { S: song }, { N: String(from) }],
});

async function run(...Statements: BatchStatementRequest[]): Promise<(string | undefined)[]> {
  const { Responses = [] } = await dynamodb.send(new BatchExecuteStatementCommand({ Statements }));
  return Responses.map(({ Error: error }) => error?.Code);
}

async function read(song: string): Promise<unknown> {
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: 'music', Key: { artist: { S: 'Acme' }, song: { S: song } } }),
  );
  return answer.Item;
}

t.test('INSERT writes only rows that do not exist', async (t) => {
  t.same(await run(insert('one', 1), insert('two', 2)), [undefined, undefined]);
  t.same(await run(insert('one', 9), insert('three', 3)), ['DuplicateItem', undefined], 'statements are independent');
  t.same(await read('one'), { artist: { S: 'Acme' }, song: { S: 'one' }, awards: { N: '1' } });
});

t.test('UPDATE writes only a row that still has the expected values and keeps other attributes', async (t) => {
  await run(insert('kept', 1));
  t.same(
    await run({
      Statement: `UPDATE "music" SET "genre"=? WHERE "artist"=? AND "song"=?`,
      Parameters: [{ S: 'rock' }, { S: 'Acme' }, { S: 'kept' }],
    }),
    [undefined],
  );
  t.same(await run(update('kept', 1, 2)), [undefined]);
  t.same(await run(update('kept', 1, 3)), ['ConditionalCheckFailed']);
  t.same(await run(update('missing', 1, 2)), ['ConditionalCheckFailed'], 'creates no row');
  t.equal(await read('missing'), undefined);
  t.match(await read('kept'), { awards: { N: '2' }, genre: { S: 'rock' }, detail: { NULL: true } });
});

t.test('UPDATE removes attributes, whether they exist or not', async (t) => {
  await run(insert('shortened', 1));
  await run(update('shortened', 1, 2));
  t.same(
    await run({
      Statement: `UPDATE "music" SET "awards"=? REMOVE "detail" REMOVE "genre" WHERE "artist"=? AND "song"=?`,
      Parameters: [{ N: '3' }, { S: 'Acme' }, { S: 'shortened' }],
    }),
    [undefined],
  );
  t.same(await read('shortened'), { artist: { S: 'Acme' }, song: { S: 'shortened' }, awards: { N: '3' } });
});

t.test('only one of several concurrent writes to a row succeeds', async (t) => {
  await run(insert('raced', 0));
  const codes = await Promise.all(Array.from({ length: 20 }, (_, i) => run(update('raced', 0, i + 1))));
  t.equal(codes.filter(([code]) => code === undefined).length, 1);
});

t.test('reports unsupported statements', async (t) => {
  const [Artist, Song] = [{ S: 'Acme' }, { S: 'x' }];
  t.same(
    await run(
      { Statement: 'SELECT * FROM "music"' },
      { Statement: `INSERT INTO "music" VALUE {'artist': 'Acme', 'song': ?}`, Parameters: [Song] },
      { Statement: INSERT, Parameters: [Artist, Song] },
      { Statement: INSERT, Parameters: [Artist, Song, { N: '1' }, { N: '2' }] },
      { Statement: `UPDATE "music" SET "awards"=? WHERE "artist"=?`, Parameters: [{ N: '1' }, Artist] },
      { Statement: `INSERT INTO "nowhere" VALUE {'a': ?}`, Parameters: [Artist] },
    ),
    [...Array.from({ length: 5 }, () => 'ValidationError'), 'ResourceNotFound'],
  );
  const tooMany = Array.from({ length: 26 }, (_, i) => insert(`many-${i}`, 0));
  await t.rejects(run(...tooMany), { name: 'ValidationException' });
  await t.rejects(run(), { name: 'ValidationException' });
});

t.test('a call with two statements for one item is refused as a whole, as on AWS', async (t) => {
  const duplicates = { name: 'ValidationException', message: 'Provided list of item keys contains duplicates' };
  t.same(await run(insert('Twice', 1)), [undefined]);
  await t.rejects(run(update('Twice', 1, 2), update('Other', 0, 1), update('Twice', 2, 3)), duplicates);
  await t.rejects(run(insert('New', 1), update('New', 1, 2)), duplicates);
  await t.rejects(run(insert('New', 1), insert('New', 2)), duplicates);
  t.match(await read('Twice'), { awards: { N: '1' } });
  t.same(await read('New'), undefined, 'no statement of the call has run');
  t.same(await run(insert('New', 1), { Statement: 'nonsense' }, insert('Newer', 1)), [
    undefined,
    'ValidationError',
    undefined,
  ]);
});
