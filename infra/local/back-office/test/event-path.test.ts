// Own process: takes long.
import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Change, type ChangeContent, TABLES } from '@swipegate/contract';
import { SITE } from '@swipegate/lambdas/decide/test/small-site';
import t from 'tap';
import { buckets } from '../../../resources.js';
import { startTestCloud } from '../../../testing/test-cloud.js';
import { seed } from '../../demo/seed.js';
import { type Child, startChild } from '../../processes/child.js';

const PEOPLE = 300;
const numbered = (prefix: string, n: number) => `${prefix}-${String(n).padStart(4, '0')}`;
/** An employee for every card. */
const PEOPLE_SITE = {
  ...SITE,
  employees: Array.from({ length: PEOPLE }, (_, i) => ({
    employeeId: numbered('emp', i),
    name: numbered('Person', i),
    active: true,
    accessLevelIds: ['all'],
  })),
  cards: [],
};

function changeOf(content: ChangeContent): Change {
  const by = { userId: 'u-1', userName: 'hanna' };
  return { changeId: randomUUID(), tenantId: 'acme', requestedAt: new Date().toISOString(), by, why: 'test', content };
}

const cloud = await startTestCloud({ visibilitySeconds: 2 });
t.teardown(() => cloud.stop());
const { clients, backOffice: names } = cloud;

t.test('consumers killed in the middle of 300 links still apply each exactly once', async (t) => {
  const documents = DynamoDBDocumentClient.from(clients.dynamodb);
  await seed(clients.dynamodb, PEOPLE_SITE, []);
  const start = () =>
    startChild({
      name: 'consumers',
      module: new URL('../../sources/queue-source/main.js', import.meta.url),
      env: { ...cloud.env, LOG_LEVEL: 'warn' },
    });
  let consumers: Child = await start();
  t.teardown(() => consumers.kill());

  const changes = Array.from({ length: PEOPLE }, (_, i) =>
    changeOf({ type: 'link-card', cardId: numbered('card', i), employeeId: numbered('emp', i), buildingId: 'b' }),
  );
  // Each tenth is sent twice; each twentieth is an employee's second card, which is rejected.
  const second = changes.flatMap((_, i) =>
    i % 20 === 0
      ? [changeOf({ type: 'link-card', cardId: numbered('more', i), employeeId: numbered('emp', i), buildingId: 'b' })]
      : [],
  );
  const sent = [...changes, ...changes.filter((_, i) => i % 10 === 0), ...second];
  for (let i = 0; i < sent.length; i += 10) {
    const entries = sent.slice(i, i + 10).map((change, n) => ({
      Id: String(n),
      Message: JSON.stringify(change),
      MessageGroupId: 'acme',
      MessageDeduplicationId: change.changeId,
    }));
    await clients.sns.send(
      new PublishBatchCommand({ TopicArn: names.changesTopicArn, PublishBatchRequestEntries: entries }),
    );
  }

  const counted = { events: 0, upTo: '' };
  for (const atLeast of [30, 120, 210]) {
    await until(async () => (await countApplied()) >= atLeast);
    await consumers.kill();
    consumers = await start();
  }
  await until(async () => (await countApplied()) === changes.length + second.length);

  const rows = await settled();
  const outcomeOf = new Map(rows.map(({ changeKey, outcome }) => [String(changeKey).slice(5), outcome]));
  t.equal(changes.filter(({ changeId }) => outcomeOf.get(changeId) === 'applied').length, PEOPLE);
  t.equal(second.filter(({ changeId }) => outcomeOf.get(changeId) === 'rejected').length, second.length);
  const cards = await scan(TABLES.cards);
  t.equal(cards.length, PEOPLE);
  t.equal(new Set(cards.map(({ employeeId }) => employeeId)).size, PEOPLE);
  const presence = await scan(TABLES.presence);
  t.equal(presence.length, PEOPLE);
  // Written by its link and not changed since.
  t.ok(presence.every(({ version, inside, employeeId }) => version === 1 && inside !== undefined && employeeId));
  const employees = await scan(TABLES.employees);
  t.ok(employees.every(({ cardIds }) => Array.isArray(cardIds) && cardIds.length === 1));
  // Notices of changes that were applied meanwhile may take a moment to leave the queue.
  await until(async () => (await waiting('stored')) === 0 && (await waiting('changes')) === 0);
  for (const name of ['changesDead', 'storedDead'] as const) t.equal(await waiting(name), 0);
  t.equal((await keys()).length, changes.length + second.length);
  t.match(await consumers.stop(), { code: 0 });

  /** Counts events up to the cursor. Called often, so it reads neither the tables nor events that were already counted. */
  async function countApplied(): Promise<number> {
    const key = marshall({ tenantId: 'acme' });
    const read = new GetItemCommand({ TableName: TABLES.changeCursors, Key: key });
    const { Item } = await clients.dynamodb.send(read);
    const cursor = Item?.['eventKey']?.S ?? '';
    while (counted.upTo < cursor) {
      const page = (await keysAfter(counted.upTo, 100)).filter((key) => key <= cursor);
      counted.events += page.length;
      counted.upTo = page.at(-1) ?? cursor;
    }
    return counted.events;
  }

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    for (let page = await keysAfter('', 1_000); page.length > 0; page = await keysAfter(found.at(-1) ?? '', 1_000)) {
      found.push(...page);
    }
    return found;
  }

  async function keysAfter(StartAfter: string, MaxKeys: number): Promise<string[]> {
    const list = new ListObjectsV2Command({
      Bucket: buckets.events.name,
      Prefix: 'events/acme/',
      MaxKeys,
      ...(StartAfter === '' ? {} : { StartAfter }),
    });
    const { Contents = [] } = await clients.s3.send(list);
    return Contents.flatMap(({ Key }) => Key ?? []);
  }

  async function settled() {
    return (await scan(TABLES.changes)).filter(({ settledAt }) => settledAt !== undefined);
  }

  async function scan(TableName: string): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new ScanCommand({ TableName, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      );
      rows.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return rows;
  }

  async function waiting(name: keyof typeof names.queueUrls): Promise<number> {
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: names.queueUrls[name],
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  }
});

t.test('an invalid message is dead-lettered with its reason and blocks no other', async (t) => {
  const tenantId = 'buried';
  await seed(clients.dynamodb, { ...SITE, tenantId }, []);
  const consumers = await startChild({
    name: 'consumers',
    module: new URL('../../sources/queue-source/main.js', import.meta.url),
    env: { ...cloud.env, LOG_LEVEL: 'warn' },
  });
  t.teardown(() => consumers.kill());
  const change = { ...changeOf({ type: 'change-card', action: 'lost', cardId: 'ann' }), tenantId };
  const bodies = ['not JSON', JSON.stringify({ ...change, why: '' }), JSON.stringify({ ...change, tenantId: 'other' })];
  for (const body of [...bodies, JSON.stringify(change)]) {
    await clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: names.queueUrls.changes,
        MessageBody: body,
        MessageGroupId: tenantId,
        MessageDeduplicationId: randomUUID(),
      }),
    );
  }
  const documents = DynamoDBDocumentClient.from(clients.dynamodb);
  await until(async () => {
    const key = { changeKey: `${tenantId}/${change.changeId}` };
    const { Item } = await documents.send(new GetCommand({ TableName: TABLES.changes, Key: key }));
    return Item?.['outcome'] === 'applied' && Item['settledAt'] !== undefined;
  });
  const buried = new Set<string>();
  await until(async () => {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: names.queueUrls.changesDead,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
      }),
    );
    for (const { Body = '', MessageAttributes } of Messages) {
      t.ok(MessageAttributes?.['reason']?.StringValue, 'has a reason');
      buried.add(Body);
    }
    return buried.size >= bodies.length;
  });
  t.same(buried, new Set(bodies));
});

/** Polls until there is a value; the test's timeout is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
}
