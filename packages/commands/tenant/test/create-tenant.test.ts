import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { hashApiKey, TABLES, tenantKey } from '@swipegate/contract';
import { startIssuer } from '@swipegate/infra/local/sign-in/issuer';
import { startDatabase } from '@swipegate/infra/testing/local-database';
import t from 'tap';
import { awsFailureOf } from '../../aws-failure.js';
import { createTenant, type TenantRequest, type TenantStep } from '../create-tenant.js';
import { readEnvironment } from '../environment.js';
import { KeysFile } from '../keys-file.js';
import { LocalUsers } from '../local-users.js';
import { HELP, readOptions } from '../options.js';
import { TenantTables } from '../tenant-tables.js';
import { UserPool } from '../user-pool.js';
import { POOL_ID, startPool } from './stand-in-pool.js';

const { dynamodb } = await startDatabase(t);
const pool = await startPool(t);
const documents = DynamoDBDocumentClient.from(dynamodb);
const environment = readEnvironment({});

/** A write of either service to break: before it has an effect, or after. Between two reads nothing changes. */
let broken: { write: number; when: 'before' | 'after' } | undefined;
let writes = 0;
async function breakable<Answer>(command: string, send: () => Promise<Answer>): Promise<Answer> {
  if (/Get|List|Query/.test(command)) return send();
  const isBroken = broken?.write === writes++;
  if (isBroken && broken?.when === 'before') throw new Error('broken before');
  const answer = await send();
  if (isBroken) throw new Error('broken after');
  return answer;
}
dynamodb.middlewareStack.add(
  (next, { commandName = '' }) =>
    (args) =>
      breakable(commandName, () => next(args)),
  { step: 'initialize' },
);
pool.client.middlewareStack.add(
  (next, { commandName = '' }) =>
    (args) =>
      breakable(commandName, () => next(args)),
  { step: 'initialize' },
);

function requestFor(tenantId: string, changes: Partial<TenantRequest> = {}): TenantRequest {
  const admin = { username: `ann-${tenantId}`, email: `ann@${tenantId}.example` };
  return { tenantId, name: 'Acme Ltd', admin, roles: ['hr'], mayExist: false, ...changes };
}

async function create(request: TenantRequest, { sendsMail = true, file }: { sendsMail?: boolean; file?: string } = {}) {
  const steps: TenantStep[] = [];
  const secrets = await createTenant(
    {
      tables: new TenantTables(dynamodb, environment),
      users: new UserPool(pool.client, { poolId: POOL_ID, sendsMail }),
      keysFile: file === undefined ? undefined : new KeysFile(file),
      say: (step) => steps.push(step),
    },
    request,
  );
  return { secrets, steps, created: steps.flatMap(({ title, isNew }) => (isNew ? title : [])) };
}

async function rowsOf(tenantId: string, kind: 'tenant' | 'operator-keys') {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: TABLES.site,
      KeyConditionExpression: 'siteKey = :key',
      ExpressionAttributeValues: { ':key': tenantKey(tenantId, kind) },
    }),
  );
  return Items;
}

async function acceptedKey(keyHash: string) {
  return (await documents.send(new GetCommand({ TableName: TABLES.apiKeys, Key: { keyHash } }))).Item;
}

t.test('settings, groups, admin and key are made once', async (t) => {
  const { secrets, created } = await create(requestFor('acme'));
  t.same(created, ['settings', 'groups', 'admin', 'roles', 'operator’s key']);
  t.same(Object.keys(secrets), ['operatorKey'], 'the password is in the mail');
  const operatorKey = secrets.operatorKey ?? '';
  t.match(await rowsOf('acme', 'tenant'), [{ id: 'acme', name: 'Acme Ltd', cardNumbers: 'full' }]);
  t.match(await rowsOf('acme', 'operator-keys'), [{ name: 'First operator', keyHash: hashApiKey(operatorKey) }]);
  t.match(await acceptedKey(hashApiKey(operatorKey)), { tenantId: 'acme', role: 'operator', readerIds: [] });
  const all = ['acme:hr', 'acme:guard', 'acme:security', 'acme:auditor', 'acme:admin'];
  t.same(Array.from(pool.groups), all);
  t.match(pool.users.get('ann-acme'), { email: 'ann@acme.example', isMailed: true });
  t.same(Array.from(pool.users.get('ann-acme')?.groups ?? []).sort(), ['acme:admin', 'acme:hr']);

  const again = await create(requestFor('acme', { name: 'Other', roles: ['security'] }), { sendsMail: false });
  t.same(again.created, ['roles'], 'a second run adds what is missing');
  t.same(again.secrets, {}, 'and shows no secret');
  t.match(again.steps[0], { isNew: false, detail: 'acme, name Acme Ltd (change it in the console)' });
  t.match(again.steps[2]?.detail, /has not signed in yet/);
  t.equal((await rowsOf('acme', 'operator-keys')).length, 1);
});

t.test('a tenant or a user of somebody else is refused before anything is written', async (t) => {
  const before = { groups: pool.groups.size, users: pool.users.size };
  const bob = { username: 'bob', email: 'bob@acme.example' };
  await t.rejects(create(requestFor('acme', { admin: bob })), {
    code: 'TENANT_REFUSED',
    message:
      'The tenant acme exists: name Acme Ltd; admins ann-acme; 1 operator’s keys. Choose another id, or add --existing to make bob one of its admins.',
  });
  const ann = { username: 'ann-acme', email: 'ann@acme.example' };
  await t.rejects(create(requestFor('other', { admin: ann })), { message: /ann-acme is in the group acme:/ });
  await t.rejects(create(requestFor('acme', { admin: { ...ann, email: 'x@acme.example' } })), {
    message: /The user ann-acme exists with the mail address ann@acme.example: .*--admin-user/,
  });
  t.same({ groups: pool.groups.size, users: pool.users.size }, before);
  t.same(await rowsOf('other', 'tenant'), []);
  const namesake = { username: 'second-ann', email: 'ann@acme.example' };
  await t.rejects(create(requestFor('acme', { admin: namesake, mayExist: true })), {
    message: /Another user of the pool has the mail address ann@acme.example/,
  });
  t.same((await create(requestFor('acme', { admin: bob, mayExist: true }))).created, ['admin', 'roles']);
});

t.test('a pool that does not exist is told before anything is written', async (t) => {
  const users = new UserPool(pool.client, { poolId: 'eu-central-1_none', sendsMail: true });
  const tables = new TenantTables(dynamodb, environment);
  const parts = { tables, users, keysFile: undefined, say: () => undefined };
  await t.rejects(createTenant(parts, requestFor('poolless')), { name: 'ResourceNotFoundException' });
  t.same(await rowsOf('poolless', 'tenant'), []);
});

t.test('a run that fails at any write is finished by the next', async (t) => {
  writes = 0;
  await create(requestFor('counted'));
  const all = writes;
  t.equal(all, 11, 'settings, five groups, a user in two groups, two rows of the key');
  for (const when of ['before', 'after'] as const) {
    for (let write = 0; write < all; write++) {
      const tenantId = `t-${when}-${write}`;
      const request = requestFor(tenantId);
      const { created } = pool;
      [writes, broken] = [0, { write, when }];
      const first = await create(request, { sendsMail: false }).catch(() => undefined);
      broken = undefined;
      const second = await create(request, { sendsMail: false });
      const name = `${when} write ${write}`;
      t.equal(pool.created - created, 1, `${name}: one user`);
      const groups = Array.from(pool.users.get(request.admin.username)?.groups ?? []).sort();
      t.same(groups, [`${tenantId}:admin`, `${tenantId}:hr`], name);
      const keys = await rowsOf(tenantId, 'operator-keys');
      t.equal(keys.length, 1, name);
      t.ok(await acceptedKey(String(keys[0]?.['keyHash'])), `${name}: gateways know the listed key`);
      const shown = [first, second].flatMap((run) => run?.secrets.operatorKey ?? []);
      t.ok(shown.length <= 1, name);
      if (shown[0] !== undefined) t.equal(hashApiKey(shown[0]), keys[0]?.['keyHash'], `${name}: the shown key works`);
      const passwords = [first, second].flatMap((run) => run?.secrets.temporaryPassword ?? []);
      for (const password of passwords) t.equal(password, pool.users.get(request.admin.username)?.password, name);
    }
  }
});

t.test('a user who was made although the call failed is not made again', async (t) => {
  pool.failAfterCreate = 'InternalErrorException';
  const lost = await create(requestFor('lost'), { sendsMail: false });
  t.equal(lost.secrets.temporaryPassword, pool.users.get('ann-lost')?.password);
  pool.failAfterCreate = 'CodeDeliveryFailureException';
  const unsent = await create(requestFor('unsent'));
  t.match(
    unsent.steps.find(({ title }) => title === 'admin'),
    { detail: /The mail could not be delivered/ },
  );
});

t.test('a keys file is made once, for its owner alone, and its key is used again', async (t) => {
  const file = join(t.testdir({ 'taken.json': '{}' }), 'acme.json');
  const taken = join(file, '../taken.json');
  await t.rejects(create(requestFor('filed'), { file: taken }), {
    message: /taken.json exists and is not of the tenant/,
  });
  t.same(await rowsOf('filed', 'tenant'), [], 'told before anything is written');
  const { secrets } = await create(requestFor('filed'), { file });
  t.same(secrets, {});
  t.equal(statSync(file).mode & 0o777, 0o600);
  const { operator, tenant } = JSON.parse(readFileSync(file, 'utf8'));
  t.equal(tenant, 'filed');
  const [listed] = await rowsOf('filed', 'operator-keys');
  t.equal(hashApiKey(operator), listed?.['keyHash']);
  const again = await create(requestFor('filed'), { file });
  t.match(again.steps.at(-1), { isNew: false, detail: /it is in .*acme.json/ });
  // The gateway never learned the key: the next run finishes it.
  await documents.send(new DeleteCommand({ TableName: TABLES.apiKeys, Key: { keyHash: hashApiKey(operator) } }));
  t.match((await create(requestFor('filed'), { file })).steps.at(-1), { isNew: true });
  t.ok(await acceptedKey(hashApiKey(operator)), 'with the key of the file');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"filed"', '"other"'));
  await t.rejects(create(requestFor('filed'), { file }), { message: /not of the tenant filed/ });
});

t.test('npm start: the user is in the local sign-in service', async (t) => {
  const issuer = await startIssuer({ redirectUris: [], logoutUris: [] });
  t.teardown(() => issuer.close());
  const users = new LocalUsers(issuer.issuer);
  const tables = new TenantTables(dynamodb, environment);
  const steps: TenantStep[] = [];
  const run = () =>
    createTenant({ tables, users, keysFile: undefined, say: (step) => steps.push(step) }, requestFor('here'));
  t.match(await run(), { operatorKey: /^sgk_/ });
  t.match(issuer.users.at(-1), { username: 'ann-here', groups: ['here:admin', 'here:hr'] });
  t.same(await run(), {});
  t.match(await users.token('ann-here'), /^ey/);
  await t.rejects(new LocalUsers('http://127.0.0.1:9').find('ann'), { code: 'TENANT_REFUSED', message: /running\?$/ });
});

t.test('an error of AWS says what to do', async (t) => {
  const error = (name: string, message: string, members = {}) =>
    Object.assign(new Error(message), { name, ...members });
  for (const [failure, message] of [
    [
      error('AccessDeniedException', 'No', { $metadata: {} }),
      'AccessDeniedException: No. Use credentials that may do this.',
    ],
    [error('Strange', 'Odd.', { $metadata: {} }), 'Strange: Odd.'],
    [
      error('Error', 'connect', { $metadata: {}, code: 'ECONNREFUSED' }),
      /^connect: nothing answers\. Is the npm start/,
    ],
    [error('CredentialsProviderError', 'None'), /Sign in to AWS: set AWS_PROFILE/],
    [error('Error', 'Region is missing'), /set AWS_REGION, or --local/],
  ] as const) {
    t.match(awsFailureOf(failure), { code: 'AWS_FAILED', message });
  }
  t.equal(awsFailureOf(new TypeError('a bug')), undefined);
});

t.test('options say what is missing or wrong', async (t) => {
  const mail = ['--admin-email', 'Ann.Lee@acme.example'];
  t.match(readOptions(['acme', ...mail]), {
    tenantId: 'acme',
    name: 'acme',
    admin: { username: 'ann.lee', email: 'Ann.Lee@acme.example' },
    roles: [],
    mayExist: false,
    sendsMail: true,
  });
  t.match(readOptions(['acme', ...mail, '--roles', 'hr, security', '--no-mail', '--existing']), {
    roles: ['hr', 'security'],
    sendsMail: false,
    mayExist: true,
  });
  t.equal(readOptions(['--help']), undefined);
  t.ok(HELP.split('\n').every((line) => line.length <= 80));
  for (const [args, message] of [
    [[], /id of the tenant is missing/],
    [['a/b', ...mail], /a\/b must be 1 to 64 letters, digits or/],
    [['acme'], /--admin-email is missing/],
    [['acme', '--admin-email', 'ann'], /ann is not a mail address/],
    [['acme', '--admin-email', '+@x.example'], /user name \+ must be .*--admin-user ann/],
    [['acme', ...mail, '--name', '\n'], /--name must be/],
    [['acme', ...mail, '--roles', 'king'], /king is not a role: write some of hr, guard, security/],
    [['acme', ...mail, '--no-mail', '--local', 'x'], /--no-mail is for AWS/],
    [['acme', ...mail, '--admin-name', 'x'], /no option --admin-name/],
  ] as const) {
    t.throws(() => readOptions(args), { code: 'OPTION_INVALID', message }, args.join(' '));
  }
});
