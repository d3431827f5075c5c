import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { pino } from 'pino';
import t from 'tap';
import { type Change, type ChangeContent, TABLES, type TableName } from '../../../gateway/contract/index.js';
import { startLocalCloud } from '../../../infra/local/cloud.js';
import { seed } from '../../../infra/local/seed.js';
import { eventKeyOf, parseEventKey } from '../../changes/object-key.js';
import { SiteCache } from '../../decide/site-cache.js';
import { SITE } from '../../decide/test/small-site.js';
import { Cursors } from '../cursors.js';
import { drainTenant } from '../drain.js';
import { readEnvironment } from '../environment.js';
import { FactReader } from '../fact-reader.js';
import { changeOf } from './example-changes.js';

const WRITTEN: readonly TableName[] = ['cards', 'employees', 'site', 'apiKeys', 'presence', 'changes', 'changeCursors'];

/** Each makes sense only after those before it. */
const CONTENTS: ChangeContent[] = [
  { type: 'set-schedule', schedule: { scheduleId: 's', intervals: [], holidays: [] } },
  { type: 'set-access-level', accessLevel: { accessLevelId: 'l', zoneIds: ['hard'], scheduleId: 's' } },
  { type: 'set-employee', employee: { employeeId: 'eve', name: 'Eve', active: true, accessLevelIds: ['l'] } },
  { type: 'link-card', cardId: 'e1', employeeId: 'eve', buildingId: 'b' },
  { type: 'link-card', cardId: 'e2', employeeId: 'eve', buildingId: 'b' },
  { type: 'change-card', action: 'lost', cardId: 'e1' },
  { type: 'link-card', cardId: 'e2', employeeId: 'eve', buildingId: 'b', zoneId: 'none' },
  { type: 'change-card', action: 'unlink', cardId: 'e2' },
  { type: 'link-card', cardId: 'e2', employeeId: 'cara', buildingId: 'b' },
  { type: 'remove-access-level', accessLevelId: 'l' },
  {
    type: 'issue-reader-key',
    readerId: 'hard-in',
    keyId: 'k',
    keyHash: 'a'.repeat(64),
    overlapUntil: '2026-12-01T00:00:00Z',
  },
  { type: 'revoke-reader-key', readerId: 'hard-in', keyId: 'k' },
  { type: 'erase-employee', employeeId: 'eve' },
  { type: 'remove-reader', readerId: 'hard-in' },
];

const CHANGES = CONTENTS.map((content, i) =>
  changeOf(content, `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`),
);
const OUTCOMES =
  'applied applied applied applied rejected applied applied applied rejected rejected applied applied applied applied';

/** The event store's objects, as far as the drain reads them. */
function storeOf(changes: readonly Change[], days: (i: number) => string = () => '2026-11-23') {
  const objects = new Map(
    changes.map((change, i) => {
      const key = eventKeyOf({ tenantId: 'acme', day: days(i), sequence: String(100 + i) }, change);
      return [key, change] as const;
    }),
  );
  return {
    async list(_: string, after = '', most = 1_000) {
      return Array.from(objects.keys())
        .filter((key) => key > after)
        .sort()
        .slice(0, most);
    },
    async get(key: string) {
      return objects.get(key);
    },
  };
}

/** Everything that changes write, with what differs from run to run left out. */
async function contentsOf(dynamodb: DynamoDBClient): Promise<Record<string, unknown>> {
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const contents: Record<string, unknown> = {};
  for (const name of WRITTEN) {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLES[name], ConsistentRead: true }));
    contents[name] = Items.map(({ settledAt, ...row }) =>
      JSON.stringify({ ...row, isSettled: settledAt !== undefined }),
    )
      .map((text) => JSON.stringify(Object.entries(JSON.parse(text)).sort()))
      .sort();
  }
  return contents;
}

async function world() {
  const cloud = await startLocalCloud();
  const { dynamodb } = cloud.clients;
  await seed(dynamodb, SITE, []);
  return { cloud, dynamodb };
}

/** A function's own client, which dies at a chosen write: that write lands or not, none after it does. */
function mortalClient(endpoint: string, death: { atWrite: number; lands: boolean } | undefined) {
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  let writes = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (!/^(Put|Update|BatchExecute)/.test(commandName ?? '')) return next(args);
        writes += 1;
        if (death === undefined || writes < death.atWrite) return next(args);
        if (writes === death.atWrite && death.lands) await next(args);
        throw new Error('dead');
      },
    { step: 'initialize' },
  );
  return { client, writes: () => writes };
}

function drainWith(dynamodb: DynamoDBClient, events: ReturnType<typeof storeOf>) {
  const tables = readEnvironment({});
  const sites = (maxAgeMs: number) =>
    new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs, now: () => performance.now() });
  return drainTenant('acme', {
    dynamodb,
    tables,
    events,
    cursors: new Cursors(dynamodb, tables.TABLE_CHANGE_CURSORS),
    facts: new FactReader(dynamodb, tables, { recent: sites(5_000), fresh: sites(0) }),
    logger: pino({ level: 'silent' }),
    now: () => Date.now(),
    hasTime: () => true,
  });
}

t.test('killed between any two writes, and done again, it comes to the same', async (t) => {
  const { cloud, dynamodb } = await world();
  t.teardown(() => cloud.stop());
  const events = storeOf(CHANGES, (i) => (i < 6 ? '2026-11-23' : '2026-11-24'));
  const whole = mortalClient(cloud.dynamodbEndpoint, undefined);
  const last = await drainWith(whole.client, events);
  t.match(parseEventKey(last ?? ''), { sequence: /113$/ });
  const wanted = await contentsOf(dynamodb);
  const outcomes = await outcomesOf(dynamodb);
  t.equal(CHANGES.map(({ changeId }) => outcomes.get(changeId)).join(' '), OUTCOMES);
  const count = whole.writes();
  t.ok(count > 40, `${count} writes`);
  whole.client.destroy();

  // One run goes on where each death left it: as many deaths as writes, in one emulator.
  for (const lands of [true, false]) {
    const again = await world();
    let deaths = 0;
    for (let done = false; !done; ) {
      // Each life makes two writes at most.
      const mortal = mortalClient(again.cloud.dynamodbEndpoint, { atWrite: lands ? 1 : 2, lands });
      done = await drainWith(mortal.client, events).then(
        () => true,
        () => false,
      );
      if (!done) deaths += 1;
      mortal.client.destroy();
      if (deaths > 10 * count) break;
    }
    t.ok(deaths > 20, `${deaths} deaths, at writes that ${lands ? 'land' : 'do not land'}`);
    t.same(await contentsOf(again.dynamodb), wanted);
    await again.cloud.stop();
  }
});

async function outcomesOf(dynamodb: DynamoDBClient): Promise<Map<string, unknown>> {
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLES.changes }));
  return new Map(Items.map(({ changeKey, outcome }) => [String(changeKey).slice('acme/'.length), outcome]));
}

t.test('two at once, and the same event stored twice, change nothing', async (t) => {
  const { cloud, dynamodb } = await world();
  t.teardown(() => cloud.stop());
  const events = storeOf(CHANGES);
  await drainWith(dynamodb, events);
  const wanted = await contentsOf(dynamodb);

  const other = await world();
  t.teardown(() => other.cloud.stop());
  await Promise.all(Array.from({ length: 3 }, () => drainWith(other.dynamodb, events)));
  t.same(await contentsOf(other.dynamodb), wanted);

  // Sent again after the queue had forgotten it: another object, behind all others.
  const first = CHANGES.find(({ content }) => content.type === 'link-card') ?? changeOf(CONTENTS[3] as ChangeContent);
  await drainWith(other.dynamodb, storeOf([...CHANGES, first]));
  const after = await contentsOf(other.dynamodb);
  t.same({ ...after, changeCursors: undefined }, { ...wanted, changeCursors: undefined });
});

t.test('where a holder is, is written between swipes: none of both is lost', async (t) => {
  const { cloud, dynamodb } = await world();
  t.teardown(() => cloud.stop());
  const documents = DynamoDBDocumentClient.from(dynamodb);
  let writes = 0;
  // Before each of the first writes of presence another one comes, as of a swipe.
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'BatchExecuteStatementCommand' && writes++ < 3) {
          const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
          const row = { cardKey: 'acme/n', version: writes, sequence: `9${writes}`, outbox: '[]' };
          await documents.send(new PutCommand({ TableName: TABLES.presence, Item: row }));
        }
        return next(args);
      },
    { step: 'initialize' },
  );
  await drainWith(
    dynamodb,
    storeOf([
      changeOf({ type: 'set-employee', employee: { employeeId: 'n', name: 'N', active: true, accessLevelIds: [] } }),
      changeOf({ type: 'link-card', cardId: 'n', employeeId: 'n', buildingId: 'b', zoneId: 'hard' }),
    ]),
  );
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLES.presence }));
  t.match(Items, [{ cardKey: 'acme/n', version: 4, sequence: '93', inside: { zoneId: 'hard' }, employeeId: 'n' }]);
});

t.test('a row that cannot be read rejects what hangs on it, and holds up nothing else', async (t) => {
  const { cloud, dynamodb } = await world();
  t.teardown(() => cloud.stop());
  const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
  const bent = { cardKey: 'acme/bent', cardId: 'bent', status: 'melted' };
  await DynamoDBDocumentClient.from(dynamodb).send(new PutCommand({ TableName: TABLES.cards, Item: bent }));
  const changes = [
    changeOf({ type: 'change-card', action: 'lost', cardId: 'bent' }),
    changeOf({ type: 'change-card', action: 'lost', cardId: 'ann' }),
  ];
  await drainWith(dynamodb, storeOf(changes));
  const outcomes = await outcomesOf(dynamodb);
  t.same(
    changes.map(({ changeId }) => outcomes.get(changeId)),
    ['rejected', 'applied'],
  );
});
