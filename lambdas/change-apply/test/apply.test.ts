// Own process: takes long.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  Card,
  CardAction,
  type Change,
  type ChangeContent,
  compile,
  type Site,
  TABLES,
  type TableName,
} from '@swipegate/contract';
import { heldCard } from '@swipegate/contract/back-office/holds';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import { putInForce } from '../../admin/directory/blocks.js';
import { SITE } from '../../decide/test/small-site.js';
import { addToChange } from '../../stores/changes/change-table.js';
import { versionOf } from '../../stores/changes/entries.js';
import { eventKeyOf, parseEventKey } from '../../stores/changes/object-keys.js';
import { erasedKey } from '../../stores/employee-row.js';
import { holdOf } from '../../stores/holds.js';
import { drainTenant } from '../drain.js';
import { readEnvironment } from '../environment.js';
import { FactReader } from '../fact-reader.js';
import { rejectOvertaken } from '../overtaken.js';
import { changeOf } from './example-changes.js';

const isCard = compile(Card);
const WRITTEN: readonly TableName[] = [
  'cards',
  'employees',
  'site',
  'apiKeys',
  'presence',
  'changes',
  'changeCursors',
  'deviceCommands',
];

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
  {
    type: 'set-device',
    device: { deviceId: 'd', make: 'control-id', doors: [{ door: 1, out: 'hard-out' }], timeZone: 'UTC' },
  },
  { type: 'command-device', deviceId: 'd', door: 1, command: 'open' },
  { type: 'command-device', deviceId: 'd', door: 2, command: 'open' },
];

/** The same changes for another tenant; key hashes are unique, so each tenant has its own. */
const CARA_UNLINKED = '00000000-0000-4000-8000-000000000009';

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
  'applied applied applied applied rejected applied applied applied rejected rejected applied applied applied applied applied applied rejected';

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
        // The hash of an erased id depends on the tenant.
        const common = text.replaceAll(erasedKey(tenant, 'eve'), 'ERASED').replaceAll(tenant, 'TENANT');
        contents.set(tenant, [...(contents.get(tenant) ?? []), common]);
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
  await accept(CHANGES);
  const whole = mortalClient(cloud.dynamodbEndpoint, undefined);
  const last = await drainWith(whole.client, storeOf(CHANGES, DAYS));
  t.match(parseEventKey(last ?? ''), { sequence: /116$/ });
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
    await accept(changesOf(tenantId));
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
  t.notMatch(JSON.stringify(wanted), /holds/, 'no hold is left');
});

/** Puts blocks in force, as the admin API does when it accepts them. */
async function accept(changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const hold = holdOf(change);
    const inForceAt = hold && (await putInForce(dynamodb, readEnvironment({}), change, hold));
    if (inForceAt !== undefined) await addToChange(dynamodb, TABLES.changes, change, { inForceAt: 'now' });
  }
}

const rowOf = async (tableName: string, Key: Record<string, string>) =>
  (await DynamoDBDocumentClient.from(dynamodb).send(new GetCommand({ TableName: tableName, Key }))).Item;

t.test('blocks that are in force before their turn leave the tables as without', async () => {
  const person = fc.constantFrom('cara', 'new');
  const card = fc.constantFrom('cara', 'ann', 'new');
  const contents: fc.Arbitrary<ChangeContent> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('change-card'),
        action: fc.constantFrom(...CardAction.enum),
        cardId: card,
      }),
    },
    fc.record({ type: fc.constant('link-card'), cardId: card, employeeId: person, buildingId: fc.constant('b') }),
    fc.record({
      type: fc.constant('set-employee'),
      employee: fc.record({
        employeeId: person,
        name: fc.constant('N'),
        active: fc.boolean(),
        accessLevelIds: fc.constant<string[]>([]),
      }),
    }),
  );
  let tenants = 2_000;
  await fc.assert(
    fc.asyncProperty(fc.array(contents, { minLength: 2, maxLength: 8 }), async (list) => {
      const rows: unknown[] = [];
      for (const early of [false, true]) {
        const tenantId = `acme${++tenants}`;
        await seed(dynamodb, { ...SMALL, tenantId }, []);
        const changes = list.map((content, i) => ({
          ...changeOf(content, `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`),
          tenantId,
        }));
        for (const change of early ? changes : []) {
          await accept([change]);
          const { content } = change;
          if (content.type !== 'change-card' || content.action === 'reactivate') continue;
          const row = await rowOf(TABLES.cards, { cardKey: `${tenantId}/${content.cardId}` });
          if (!isCard(row)) continue;
          const { status, employeeId } = heldCard(row, row);
          if (status === 'active' && employeeId !== undefined) throw new Error(`${content.action}, and it still opens`);
        }
        await drainWith(dynamodb, storeOf(changes), tenantId);
        const ids = ['cara', 'ann', 'new'];
        const cards = await Promise.all(ids.map((id) => rowOf(TABLES.cards, { cardKey: `${tenantId}/${id}` })));
        const people = await Promise.all(
          ids.map((id) => rowOf(TABLES.employees, { employeeKey: `${tenantId}/${id}` })),
        );
        // A report of an unknown card leaves its hold behind.
        const known = [...cards.filter((row) => row?.['cardId']), ...people.filter((row) => row?.['employeeId'])];
        rows.push(JSON.stringify(known).replaceAll(tenantId, 'TENANT'));
        if (known.some((row) => row !== undefined && 'holds' in row)) throw new Error('a hold is left');
      }
      if (rows[0] !== rows[1]) throw new Error(`${rows.join('\n')}`);
    }),
    { numRuns: 10 },
  );
});

t.test('a link that was requested before a report of its card, but has its turn later, opens no door', async (t) => {
  const tenantId = 'acme1004';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const of = (content: ChangeContent, requestedAt: string) => ({
    ...changeOf(content, undefined, requestedAt),
    tenantId,
  });
  const eve = { employeeId: 'eve', name: 'Eve', active: true, accessLevelIds: [] };
  const link = (cardId: string) => ({ type: 'link-card', cardId, employeeId: 'eve', buildingId: 'b' }) as const;
  const stolen = (cardId: string) => ({ type: 'change-card', action: 'stolen', cardId }) as const;
  const changes = [
    of({ type: 'set-employee', employee: eve }, '2026-11-23T09:00:00.000Z'),
    of(stolen('x'), '2026-11-23T09:00:02.000Z'),
    of(stolen('y'), '2026-11-23T09:00:02.000Z'),
    of(link('x'), '2026-11-23T09:00:01.000Z'),
    of(link('y'), '2026-11-23T09:00:03.000Z'),
  ];
  await accept(changes);
  await drainWith(dynamodb, storeOf(changes), tenantId);
  const outcomes = await outcomesOf(tenantId);
  t.same(
    changes.map(({ changeId }) => outcomes.get(changeId)),
    ['applied', 'rejected', 'rejected', 'applied', 'applied'],
  );
  const x = await rowOf(TABLES.cards, { cardKey: `${tenantId}/x` });
  t.match(x, { status: 'stolen', employeeId: 'eve', holds: undefined });
  const y = await rowOf(TABLES.cards, { cardKey: `${tenantId}/y` });
  t.match(y, { status: 'active', employeeId: 'eve', holds: undefined }, 'linked after the report was rejected');
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

t.test('a card that replaces an unlinked one takes over the place of its holder, who is inside once', async (t) => {
  const tenantId = 'acme1006';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const at = { employeeId: 'cara', buildingId: 'b' };
  const changes = (
    [
      { type: 'link-card', cardId: 'first', ...at },
      { type: 'change-card', action: 'unlink', cardId: 'first' },
      { type: 'link-card', cardId: 'second', ...at },
    ] satisfies ChangeContent[]
  ).map((content, i) => ({ ...changeOf(content, `00000000-0000-4000-8000-00000000000${i}`), tenantId }));
  const cara = { employeeKey: `${tenantId}/cara` };
  const isInside = async (cardId: string) =>
    (await rowOf(TABLES.presence, { cardKey: `${tenantId}/${cardId}` }))?.['inside'] !== undefined;
  // The first change unlinks the card that the site gives her.
  const own = { ...changeOf({ type: 'change-card', action: 'unlink', cardId: 'cara' }, CARA_UNLINKED), tenantId };
  await drainWith(dynamodb, storeOf([own, ...changes.slice(0, 2)]), tenantId);
  t.match(await rowOf(TABLES.employees, cara), { cardIds: [], formerCardIds: ['first'] });
  t.same([await isInside('first'), await isInside('second')], [true, false]);
  await drainWith(dynamodb, storeOf([own, ...changes]), tenantId);
  t.match(await rowOf(TABLES.employees, cara), { cardIds: ['second'], formerCardIds: undefined });
  t.same([await isInside('first'), await isInside('second')], [false, true]);
});

t.test('a block in force stays, though an earlier change has changed the card that it expects', async (t) => {
  const tenantId = 'acme1005';
  await seed(dynamodb, { ...SMALL, tenantId }, []);
  const contents: ChangeContent[] = [
    { type: 'change-card', action: 'unlink', cardId: 'cara' },
    { type: 'link-card', cardId: 'cara', employeeId: 'cara', buildingId: 'b' },
    { type: 'change-card', action: 'stolen', cardId: 'cara' },
  ];
  const expects = versionOf('card', { cardId: 'cara', status: 'issued' });
  const changes = contents.map((content, i) => ({ ...changeOf(content), tenantId, ...(i === 2 && { expects }) }));
  await accept(changes);
  await drainWith(dynamodb, storeOf(changes), tenantId);
  const outcomes = await outcomesOf(tenantId);
  t.same(
    changes.map(({ changeId }) => outcomes.get(changeId)),
    ['applied', 'applied', 'applied'],
  );
  const card = await rowOf(TABLES.cards, { cardKey: `${tenantId}/cara` });
  t.match(card, { status: 'stolen', employeeId: 'cara', holds: undefined });
});

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
  const positionAt = (n: number) => `${String(n).padStart(56, '0')}.000000`;
  // Another write, as if from a swipe, precedes each of the first presence writes.
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'BatchExecuteStatementCommand' && writes++ < 3) {
          const row = { cardKey: `${tenantId}/n`, version: writes, sequence: positionAt(writes), outbox: '[]' };
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
  t.match(Item, { version: 4, sequence: positionAt(3), inside: { zoneId: 'hard' }, employeeId: 'n' });
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
