// Own process: takes long.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Change, type ChangeContent, type Site, TABLES, type TableName } from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { pino } from 'pino';
import t from 'tap';
import { SITE } from '../../decide/test/small-site.js';
import { eventKeyOf, parseEventKey } from '../../stores/changes/object-keys.js';
import { drainTenant } from '../drain.js';
import { readEnvironment } from '../environment.js';
import { FactReader } from '../facts.js';
import { rejectOvertaken } from '../overtaken.js';
import { changeOf } from './example-changes.js';

const WRITTEN: readonly TableName[] = ['cards', 'employees', 'site', 'apiKeys', 'presence', 'changes', 'changeCursors'];

/** Each depends on those before it. */
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

/** The same changes for another tenant; key hashes are unique, so each tenant has its own. */
function changesOf(tenantId: string): Change[] {
  return CONTENTS.map((content, i) => ({
    ...changeOf(
      content.type === 'issue-reader-key' ? { ...content, keyHash: tenantId } : content,
      `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    ),
    tenantId,
  }));
}

const CHANGES = changesOf('acme');
const OUTCOMES =
  'applied applied applied applied rejected applied applied applied rejected rejected applied applied applied applied';

/** Event store in memory; supports only the calls of the drain. */
function storeOf(changes: readonly Change[], days: (i: number) => string = () => '2026-11-23') {
  const objects = new Map(
    changes.map((change, i) => {
      const key = eventKeyOf({ tenantId: change.tenantId, day: days(i), sequence: String(100 + i) }, change);
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
    placed: [] as string[],
    async putPlacements(_: Change, position: string, placements: readonly object[]) {
      this.placed.push(...placements.map((placement) => JSON.stringify({ position, ...placement })));
    },
    async get(key: string) {
      return objects.get(key);
    },
  };
}

/** Everything that changes write, by tenant, without tenant names and values that differ between runs. */
async function contentsByTenant(dynamodb: DynamoDBClient): Promise<Map<string, string[]>> {
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const contents = new Map<string, string[]>();
  for (const name of WRITTEN) {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new ScanCommand({ TableName: TABLES[name], ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      );
      for (const { settledAt, ...row } of page.Items ?? []) {
        const members = Object.entries({ ...row, isSettled: settledAt !== undefined }).sort(([a], [b]) =>
          a < b ? -1 : 1,
        );
        const text = `${name} ${JSON.stringify(members)}`;
        const tenant = /acme\d*/.exec(text)?.[0] ?? '';
        contents.set(tenant, [...(contents.get(tenant) ?? []), text.replaceAll(tenant, 'TENANT')]);
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }
  for (const rows of contents.values()) rows.sort();
  return contents;
}

/** The rows that the changes need, and few others. */
const SMALL: Site = {
  ...SITE,
  readers: SITE.readers.slice(0, 2),
  employees: SITE.employees.filter(({ employeeId }) => employeeId === 'cara'),
  cards: SITE.cards.filter(({ cardId }) => cardId === 'cara' || cardId === 'ann'),
};

// One emulator for all tests; each uses its own tenants.
const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { dynamodb } = cloud.clients;
const DAYS = (i: number) => (i < 6 ? '2026-11-23' : '2026-11-24');

/** A client that dies at a chosen write: that write takes effect or not, later ones never do. */
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

function drainWith(dynamodb: DynamoDBClient, events: ReturnType<typeof storeOf>, tenantId = 'acme') {
  const tables = readEnvironment({});
  return drainTenant(tenantId, {
    dynamodb,
    tables,
    events,
    facts: new FactReader(dynamodb, tables),
    logger: pino({ level: 'silent' }),
    now: () => Date.now(),
    hasTime: () => true,
  });
}

t.test('killed at any write and repeated, the result is the same', async (t) => {
  await seed(dynamodb, SMALL, []);
  const whole = mortalClient(cloud.dynamodbEndpoint, undefined);
  const last = await drainWith(whole.client, storeOf(CHANGES, DAYS));
  t.match(parseEventKey(last ?? ''), { sequence: /113$/ });
  const outcomes = await outcomesOf('acme');
  t.equal(CHANGES.map(({ changeId }) => outcomes.get(changeId)).join(' '), OUTCOMES);
  const count = whole.writes();
  t.ok(count > 40, `${count} writes`);
  whole.client.destroy();

  // One tenant for each death, all in one emulator.
  let tenants = 0;
  for (let atWrite = 1; atWrite <= count; atWrite++) {
    const tenantId = `acme${++tenants}`;
    await seed(dynamodb, { ...SMALL, tenantId }, []);
    const events = storeOf(changesOf(tenantId), DAYS);
    // Losing write n + 1 leaves the same rows as dying right after write n, so only the first write is lost.
    const mortal = mortalClient(cloud.dynamodbEndpoint, { atWrite, lands: atWrite > 1 });
    await t.rejects(drainWith(mortal.client, events, tenantId), { message: 'dead' });
    mortal.client.destroy();
    await drainWith(dynamodb, events, tenantId);
  }
  const contents = await contentsByTenant(dynamodb);
  const wanted = contents.get('acme');
  t.ok((wanted?.length ?? 0) > 30);
  for (const [tenantId, rows] of contents) t.same(rows, wanted, tenantId);
});

async function outcomesOf(tenantId: string): Promise<Map<string, unknown>> {
  const outcomes = new Map<string, unknown>();
  let from: Record<string, unknown> | undefined;
  do {
    const page = await DynamoDBDocumentClient.from(dynamodb).send(
      new ScanCommand({ TableName: TABLES.changes, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    for (const { changeKey, outcome } of page.Items ?? []) {
      const [tenant, changeId = ''] = String(changeKey).split('/');
      if (tenant === tenantId) outcomes.set(changeId, outcome);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return outcomes;
}

t.test('concurrent drains and events stored twice change nothing', async (t) => {
  const tenantId = 'acme1001';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const changes = changesOf(tenantId);
  await Promise.all(Array.from({ length: 3 }, () => drainWith(dynamodb, storeOf(changes, DAYS), tenantId)));
  const contents = await contentsByTenant(dynamodb);
  t.same(contents.get(tenantId), contents.get('acme'));

  // Sent again after the queue's deduplication ended: other objects, after all others.
  await drainWith(dynamodb, storeOf([...changes, ...changes], DAYS), tenantId);
  const withoutCursor = (rows: readonly string[] = []) => rows.filter((row) => !row.startsWith('changeCursors'));
  t.same(withoutCursor((await contentsByTenant(dynamodb)).get(tenantId)), withoutCursor(contents.get('acme')));
});

t.test('a move written between swipes loses neither the move nor a swipe', async (t) => {
  const tenantId = 'acme1002';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const { client } = mortalClient(cloud.dynamodbEndpoint, undefined);
  t.teardown(() => client.destroy());
  let writes = 0;
  // Another write, as if from a swipe, precedes each of the first presence writes.
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'BatchExecuteStatementCommand' && writes++ < 3) {
          const row = { cardKey: `${tenantId}/n`, version: writes, sequence: `9${writes}`, outbox: '[]' };
          await documents.send(new PutCommand({ TableName: TABLES.presence, Item: row }));
        }
        return next(args);
      },
    { step: 'initialize' },
  );
  const contents: ChangeContent[] = [
    { type: 'set-employee', employee: { employeeId: 'n', name: 'N', active: true, accessLevelIds: [] } },
    { type: 'link-card', cardId: 'n', employeeId: 'n', buildingId: 'b', zoneId: 'hard' },
  ];
  await drainWith(client, storeOf(contents.map((content) => ({ ...changeOf(content), tenantId }))), tenantId);
  const read = new GetCommand({ TableName: TABLES.presence, Key: { cardKey: `${tenantId}/n` } });
  const { Item } = await documents.send(read);
  t.match(Item, { version: 4, sequence: '93', inside: { zoneId: 'hard' }, employeeId: 'n' });
});

t.test('an unreadable row rejects the changes that depend on it, and blocks no others', async (t) => {
  const tenantId = 'acme1003';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const bent = { cardKey: `${tenantId}/bent`, cardId: 'bent', status: 'melted' };
  await DynamoDBDocumentClient.from(dynamodb).send(new PutCommand({ TableName: TABLES.cards, Item: bent }));
  const changes = ['bent', 'ann'].map((cardId) => ({
    ...changeOf({ type: 'change-card', action: 'lost', cardId }),
    tenantId,
  }));
  await drainWith(dynamodb, storeOf(changes), tenantId);
  const outcomes = await outcomesOf(tenantId);
  t.same(
    changes.map(({ changeId }) => outcomes.get(changeId)),
    ['rejected', 'applied'],
  );
});

t.test('an event that was stored behind the cursor is rejected, and no other is touched', async (t) => {
  const tenantId = 'acme1004';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const [first, second, late] = ['cara', 'ann', 'ann'].map((cardId) => ({
    ...changeOf({ type: 'change-card', action: 'suspend', cardId }),
    tenantId,
  }));
  if (first === undefined || second === undefined || late === undefined) throw new Error('There are three changes');
  await drainWith(dynamodb, storeOf([first, second]), tenantId);
  const before = await outcomesOf(tenantId);
  const keys = [first, second, late].map(({ changeId }, i) =>
    eventKeyOf({ tenantId, day: '2026-11-20', sequence: String(i) }, { changeId }),
  );
  const tables = readEnvironment({});
  const logged: string[] = [];
  const deps = {
    dynamodb,
    tables,
    events: { ...storeOf([]), get: async (key: string) => (key === keys[2] ? late : undefined) },
    facts: new FactReader(dynamodb, tables),
    logger: pino({ level: 'error' }, { write: (line: string) => void logged.push(line) }),
    now: () => Date.now(),
  };
  for (let times = 0; times < 2; times++) await rejectOvertaken([...keys, ...keys, 'events/nonsense'], deps);
  const outcomes = await outcomesOf(tenantId);
  t.same(outcomes, new Map([...before, [late.changeId, 'rejected']]));
  t.equal(logged.length, 1);
  t.match(logged[0], /behind the cursor/);
  const read = new GetCommand({ TableName: TABLES.changes, Key: { changeKey: `${tenantId}/${late.changeId}` } });
  const { Item } = await DynamoDBDocumentClient.from(dynamodb).send(read);
  t.match(Item, { code: 'out-of-order', reason: /Send it again/, settledAt: /^20/ });
});
