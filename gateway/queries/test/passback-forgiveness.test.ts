import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLES } from '@swipegate/contract';
import t from 'tap';
import { OvertakenError, passbackForgiveness } from '../passback-forgiveness.js';
import { insideRow, jsonOf, type OperatorGateway, startOperatorGateway } from './operator-gateway.js';

async function presenceOf({ dynamodb }: OperatorGateway, cardId: string) {
  const Key = marshall({ cardKey: `acme/${cardId}` });
  const { Item = {} } = await dynamodb.send(
    new GetItemCommand({ TableName: TABLES.presence, Key, ConsistentRead: true }),
  );
  return unmarshall(Item);
}

t.test('an operator forgives an entry', async (t) => {
  const gateway = await startOperatorGateway(t);
  const entered = new Date(Date.now() - 3_600_000).toISOString();
  await gateway.put(TABLES.presence, [insideRow('card-1', 'hq-lab', entered, 'emp-1')]);

  await t.test('increments the version and keeps the other attributes of the row', async (t) => {
    const row = await presenceOf(gateway, 'card-1');
    const before = new Date().toISOString();
    const response = await gateway.post('/v1/cards/card-1/forgive-passback', { reason: 'left by the fire exit' });
    t.equal(response.status, 200);
    const { cardId, forgivenAt } = await jsonOf(response);
    t.equal(cardId, 'card-1');
    t.ok(forgivenAt >= before && forgivenAt <= new Date().toISOString(), forgivenAt);
    t.same(await presenceOf(gateway, 'card-1'), { ...row, version: 4, forgivenAt, forgivenBy: 'key-desk' });
    t.match(await jsonOf(gateway.get('/v1/buildings/hq/muster')), { people: [{ cardId: 'card-1' }] }, 'still inside');
  });

  await t.test('even if a fast reader’s clock put it into the future', async (t) => {
    const ahead = new Date(Date.now() + 240_000).toISOString();
    await gateway.put(TABLES.presence, [insideRow('card-2', 'hq-lab', ahead)]);
    const { forgivenAt } = await jsonOf(gateway.post('/v1/cards/card-2/forgive-passback', { reason: 'test' }));
    t.equal(forgivenAt, ahead);
  });

  await t.test('retries when a decision comes between read and write', async (t) => {
    let moves = 0;
    const swipeBetween = async () => {
      const now = new Date(Date.parse(entered) + ++moves).toISOString();
      await gateway.dynamodb.send(
        new UpdateItemCommand({
          TableName: TABLES.presence,
          Key: marshall({ cardKey: 'acme/card-1' }),
          UpdateExpression: 'SET version = version + :one, inside.since = :now',
          ExpressionAttributeValues: marshall({ ':one': 1, ':now': now }),
        }),
      );
    };
    const { version } = await presenceOf(gateway, 'card-1');
    let between = 2;
    const interposed = interpose(gateway, async () => {
      if (between-- > 0) await swipeBetween();
    });
    const forgive = passbackForgiveness(interposed.dynamodb, TABLES.presence);
    const nowMs = Date.now();
    const forgivenAt = await forgive('acme', { cardId: 'card-1', keyId: 'key-night', nowMs });
    t.equal(forgivenAt, new Date(nowMs).toISOString());
    t.match(await presenceOf(gateway, 'card-1'), { version: version + 3, forgivenAt, forgivenBy: 'key-night' });

    between = Number.POSITIVE_INFINITY;
    await t.rejects(forgive('acme', { cardId: 'card-1', keyId: 'key-never', nowMs }), OvertakenError);
    t.match(await presenceOf(gateway, 'card-1'), { forgivenBy: 'key-night' });
    interposed.remove();
  });

  await t.test('whatever the version is', async (t) => {
    for (const N of ['9007199254740991', '9007199254740993.5', '1.5']) {
      const key = { cardKey: { S: 'acme/card-odd' } };
      await gateway.dynamodb.send(new PutItemCommand({ TableName: TABLES.presence, Item: { ...key, version: { N } } }));
      t.equal((await gateway.post('/v1/cards/card-odd/forgive-passback', { reason: 'test' })).status, 200, N);
      t.match(await presenceOf(gateway, 'card-odd'), { version: 1, forgivenBy: 'key-desk' }, N);
    }
  });

  await t.test('many at once: each gets 200', async (t) => {
    const { version } = await presenceOf(gateway, 'card-1');
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => gateway.post('/v1/cards/card-1/forgive-passback', { reason: 'test' })),
    );
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]));
    const times = await Promise.all(answers.map(async (answer) => (await jsonOf(answer)).forgivenAt));
    const row = await presenceOf(gateway, 'card-1');
    t.equal(row['forgivenAt'], times.sort().at(-1), 'the latest stays');
    t.ok(row['version'] > version && row['version'] <= version + 30, 'decisions in progress are made again');
  });

  await t.test('not for a card that was never presented or belongs to another tenant', async (t) => {
    await gateway.put(TABLES.presence, [{ ...insideRow('card-9', 'hq-lab', entered), cardKey: 'globex/card-9' }]);
    for (const cardId of ['card-8', 'card-9']) {
      const response = await gateway.post(`/v1/cards/${cardId}/forgive-passback`, { reason: 'test' });
      t.equal(response.status, 404);
      t.match(await jsonOf(response), { code: 'not-found', field: 'cardId' });
      t.same(await presenceOf(gateway, cardId), {}, 'no row is created');
    }
  });

  await t.test('requires a reason', async (t) => {
    const path = '/v1/cards/card-1/forgive-passback';
    t.match(await jsonOf(gateway.post(path, {})), { status: 400, field: 'reason', reason: /missing/ });
    t.match(await jsonOf(gateway.post(path, { reason: 'x'.repeat(201) })), { status: 400, field: 'reason' });
    const mistyped = await jsonOf(gateway.post(path, { reason: 'test', until: 'x' }));
    t.match(mistyped, { status: 400, field: 'until', reason: /not a known field; allowed are reason/ });
    t.match(await jsonOf(gateway.post(path, [])), { status: 400, detail: /^The body must be an object/ });
  });

  await t.test('without DynamoDB the answer is 503 with Retry-After', async (t) => {
    gateway.relay.cut();
    const response = await gateway.post('/v1/cards/card-1/forgive-passback', { reason: 'test' });
    t.equal(response.status, 503);
    t.equal(response.headers.get('retry-after'), '1');
  });
});

/** Runs `before` ahead of each conditional write of the client. */
function interpose({ dynamodb }: OperatorGateway, before: () => Promise<void>) {
  const name = 'interposed';
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      if ('ConditionExpression' in args.input) await before();
      return next(args);
    },
    { step: 'initialize', name },
  );
  return { dynamodb, remove: () => dynamodb.middlewareStack.remove(name) };
}
