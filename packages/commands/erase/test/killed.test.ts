// Own process: takes long.
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { batchWrite } from '@swipegate/aws/batch-write';
import { BUCKETS, type ChangeContent, type Decision, decisionRow, TABLES, tenantKey } from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { drainTenant } from '@swipegate/lambdas/change-apply/drain';
import { readEnvironment as applyEnvironment } from '@swipegate/lambdas/change-apply/environment';
import { FactReader } from '@swipegate/lambdas/change-apply/fact-reader';
import { changeOf, MONDAY_9 } from '@swipegate/lambdas/change-apply/test/example-changes';
import { SITE, swipeIdOf } from '@swipegate/lambdas/decide/test/small-site';
import { EventStore } from '@swipegate/lambdas/stores/changes/event-store';
import { presenceRow } from '@swipegate/lambdas/stores/presence';
import { zoneRow } from '@swipegate/lambdas/stores/zone-state';
import { pino } from 'pino';
import t from 'tap';
import { readEnvironment } from '../environment.js';
import { erase } from '../erase.js';
import type { ErasureReport } from '../erasure-report.js';
import { Person } from '../person.js';
import { everything, placesOf } from './everything.js';

const EVE = { employeeId: 'emp-eve', name: 'Eve Evening' };
const CONTENTS: ChangeContent[] = [
  { type: 'set-employee', employee: { ...EVE, active: true, accessLevelIds: ['all'] } },
  { type: 'link-card', cardId: 'e1', employeeId: EVE.employeeId, buildingId: 'b' },
  { type: 'link-card', cardId: 'e1', employeeId: 'cara', buildingId: 'b' },
  // Rejected, and about her card: only its `why` may name her.
  { type: 'change-card', action: 'reactivate', cardId: 'e1' },
  { type: 'change-card', action: 'unlink', cardId: 'e1' },
  { type: 'link-card', cardId: 'e2', employeeId: EVE.employeeId, buildingId: 'b' },
  { type: 'erase-employee', employeeId: EVE.employeeId },
];

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { dynamodb, s3 } = cloud.clients;
const tables = applyEnvironment({});
const small = {
  ...SITE,
  readers: SITE.readers.slice(0, 2),
  employees: SITE.employees.filter(({ employeeId }) => employeeId === 'cara'),
  cards: [],
};

/** Creates a tenant in which Eve was erased in the back office. Tenants differ only in their name. */
async function world(tenantId: string): Promise<Person> {
  await seed(dynamodb, { ...small, tenantId }, []);
  const events = new EventStore(s3, BUCKETS.events);
  for (const [i, content] of CONTENTS.entries()) {
    const id = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    const why = i === 2 ? 'Cara needs one' : 'Eve Evening asked for it';
    await events.put(
      { tenantId, day: '2026-11-23', sequence: String(100 + i) },
      { ...changeOf(content, id), tenantId, why },
    );
  }
  await drainTenant(tenantId, {
    dynamodb,
    tables,
    events,
    facts: new FactReader(dynamodb, tables),
    logger: pino({ level: 'silent' }),
    now: () => Date.parse(MONDAY_9),
    hasTime: () => true,
  });
  const decisions = [
    decisionOf(tenantId, 1),
    decisionOf(tenantId, 2),
    { ...decisionOf(tenantId, 3), employeeId: 'cara' },
  ];
  await batchWrite(
    dynamodb,
    TABLES.decisions,
    decisions.map((decision) => decisionRow(decision, 4_000_000_000)),
  );
  const cardKey = tenantKey(tenantId, 'e1');
  const outbox = decisions;
  const before = { cardKey, version: 7, sequence: '3', employeeId: EVE.employeeId, outbox };
  await batchWrite(dynamodb, TABLES.presence, [presenceRow(before)]);
  const presentations = ['emp-eve', 'cara'].map((employeeId, n) => ({
    swipeId: swipeIdOf(n),
    cardId: 'e1',
    sequence: '1',
    employeeId,
    readerId: 'small-in',
    atMs: 1,
    answer: 'admitted' as const,
    isHistory: false,
    notedAtMs: 1,
  }));
  const zone = { zoneKey: tenantKey(tenantId, 'small'), version: 3, occupants: ['e1'], presentations };
  await batchWrite(dynamodb, TABLES.zoneState, [{ ...zoneRow(zone) }]);
  const lines = decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('');
  await put(BUCKETS.archive, `decisions/day=2026-11-23/09/${tenantId}.gz`, gzipSync(lines));
  await put(BUCKETS.uploads, `imports/${tenantId}/people.csv`, 'employeeId,name\nemp-eve,Eve Evening\n');
  return new Person({ tenantId, ...EVE });
}

async function put(Bucket: string, Key: string, Body: string | Uint8Array): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

function decisionOf(tenantId: string, n: number): Decision {
  return {
    swipeId: swipeIdOf(n),
    tenantId,
    readerId: 'hard-in',
    cardId: 'e1',
    employeeId: EVE.employeeId,
    outcome: 'granted',
    reason: 'granted',
    direction: 'in',
    readAt: MONDAY_9,
    receivedAt: MONDAY_9,
    decidedAt: MONDAY_9,
    timeBasis: 'readAt',
    sequence: String(n),
  };
}

const WRITES = /^(?:Put|Update|Delete|BatchExecute)/;

/** The command's own clients, which die at the chosen write. That write lands or not; none after it does. */
function mortalClients(death: { atWrite: number; lands: boolean } | undefined) {
  const config = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const clients = {
    dynamodb: new DynamoDBClient({ ...config, endpoint: cloud.dynamodbEndpoint }),
    s3: new S3Client({ ...config, endpoint: cloud.s3Endpoint, forcePathStyle: true }),
  };
  let writes = 0;
  const underWay = new Set<Promise<unknown>>();
  /** Writes sent before the death may still land after it. */
  const sent = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    underWay.add(answer);
    return answer.finally(() => underWay.delete(answer));
  };
  /** @returns whether the call is made, and whether its answer is seen */
  const fate = (command = ''): { isMade: boolean; isSeen: boolean } => {
    if (!WRITES.test(command)) return { isMade: true, isSeen: true };
    writes += 1;
    const isAlive = death === undefined || writes < death.atWrite;
    return { isMade: isAlive || (writes === death.atWrite && death.lands), isSeen: isAlive };
  };
  clients.dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { isMade, isSeen } = fate(commandName);
        const answer = isMade ? await sent(next(args)) : undefined;
        if (answer === undefined || !isSeen) throw new Error('dead');
        return answer;
      },
    { step: 'initialize' },
  );
  clients.s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { isMade, isSeen } = fate(commandName);
        const answer = isMade ? await sent(next(args)) : undefined;
        if (answer === undefined || !isSeen) throw new Error('dead');
        return answer;
      },
    { step: 'initialize' },
  );
  const destroy = () => Object.values(clients).forEach((client) => void client.destroy());
  const landed = () => Promise.allSettled(underWay);
  return { ...clients, writes: () => writes, landed, destroy };
}

function eraseWith(clients: { dynamodb: DynamoDBClient; s3: S3Client }, person: Person): Promise<ErasureReport> {
  const { dynamodb, s3 } = clients;
  return erase({ dynamodb, s3, env: readEnvironment({}), say: () => undefined }, person, {
    dryRun: false,
    nowMs: Date.parse(MONDAY_9),
  });
}

t.test('a run killed at any write and repeated ends in the same state', async (t) => {
  const whole = mortalClients(undefined);
  const report = await eraseWith(whole, await world('k000'));
  t.match(report, {
    verification: { left: 0 },
    presence: { erased: 1 },
    zones: { erased: 1 },
    decisions: { erased: 2 },
    events: { erased: 6 },
    changes: { erased: 7 },
    archive: { erased: 1, lines: 2 },
    uploads: { erased: 1 },
    employees: { erased: 1 },
  });
  const count = whole.writes();
  t.ok(count > 30, `${count} writes`);
  whole.destroy();
  for (let atWrite = 1; atWrite <= count; atWrite++) {
    const tenantId = `k${String(atWrite).padStart(3, '0')}`;
    const person = await world(tenantId);
    const mortal = mortalClients({ atWrite, lands: atWrite % 2 === 0 });
    await t.rejects(eraseWith(mortal, person), { message: 'dead' });
    await mortal.landed();
    mortal.destroy();
    t.match(await eraseWith({ dynamodb, s3 }, person), { verification: { left: 0 } }, tenantId);
  }
  const all = await everything({ dynamodb, s3 });
  for (const text of [EVE.employeeId, EVE.name]) t.strictSame(placesOf(text, all), []);
  const byTenant = new Map<string, string[]>();
  for (const [place, content] of all) {
    const text = `${place} ${content}`;
    const tenant = /k\d{3}/.exec(text)?.[0] ?? '';
    // The hash of an erased id depends on the tenant.
    const common = text.replaceAll(/(#)[\w-]{43}(?![\w-])/g, '$1HASH').replaceAll(tenant, 'TENANT');
    byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), common].sort());
  }
  t.equal(byTenant.size, count + 1);
  t.ok((byTenant.get('k000')?.length ?? 0) > 40);
  for (const [tenant, texts] of byTenant) t.strictSame(texts, byTenant.get('k000'), tenant);
  t.ok(byTenant.get('k000')?.some((text) => text.includes('Cara needs one')));
});

t.test('refuses while a change is in progress or unreadable, and writes nothing', async (t) => {
  const person = await world('k999');
  const [change] = CONTENTS;
  if (change === undefined) throw new Error('CONTENTS is empty');
  const late = { ...changeOf(change, '00000000-0000-4000-8000-000000000999'), tenantId: 'k999' };
  const row = { changeKey: tenantKey('k999', late.changeId), tenantId: 'k999', requestedKey: 'z' };
  await batchWrite(dynamodb, TABLES.changes, [{ ...row, change: JSON.stringify(late) }]);
  const before = await everything({ dynamodb, s3 });
  await t.rejects(eraseWith({ dynamodb, s3 }, person), { code: 'CHANGE_UNDER_WAY', message: /Run the command again/ });
  t.strictSame(await everything({ dynamodb, s3 }), before);
  await batchWrite(dynamodb, TABLES.changes, [{ ...row, change: JSON.stringify({ ...late, why: '' }) }]);
  await t.rejects(eraseWith({ dynamodb, s3 }, person), { code: 'CHANGE_UNREADABLE', message: /Repair the row/ });
});
