import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { hashApiKey, hashDeviceSerial, nameKey, newApiKey } from '@swipegate/contract';
import t from 'tap';
import { tables } from '../../resources.js';
import { startTestCloud } from '../../testing/test-cloud.js';
import { demoDevices } from '../demo/demo-devices.js';
import { demoKeys, demoSite } from '../demo/demo-site.js';
import { seed, seedKeys } from '../demo/seed.js';
import { SiteFiles } from '../demo/site-files.js';
import { startSite } from '../demo/start-site.js';

t.test('seeds every row under its key within seconds', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { dynamodb } = cloud.clients;
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const site = demoSite();
  const { rows: ownRows } = demoKeys(site);
  const { devices, keys, rows: deviceRows } = demoDevices(site);
  const rows = [...ownRows, ...deviceRows];

  let calls = 0;
  let left = 3;
  // The emulator always accepts a whole batch; DynamoDB under load does not.
  cloud.clients.dynamodb.middlewareStack.add(
    (next) => async (args) => {
      calls += 1;
      const answer = await next(args);
      if (left > 0 && typeof answer.output === 'object' && 'UnprocessedItems' in answer.output) {
        left -= 1;
        const { input } = args;
        if (typeof input === 'object' && input !== null && 'RequestItems' in input) {
          return { ...answer, output: { ...answer.output, UnprocessedItems: input.RequestItems } };
        }
      }
      return answer;
    },
    { step: 'initialize' },
  );

  const startedAt = performance.now();
  const written = await seed(dynamodb, site, rows, { devices });
  t.comment(`${written} items in ${Math.round(performance.now() - startedAt)} ms, ${calls} calls`);

  const siteRows =
    2 + site.zones.length + site.schedules.length + site.accessLevels.length + 2 * 24 + 1 + devices.length;
  t.equal(written, rows.length + siteRows + site.employees.length + site.cards.length);
  t.equal(left, 0, 'items left unprocessed were sent again');

  const get = async (TableName: string, Key: Record<string, string>) =>
    (await documents.send(new GetCommand({ TableName, Key }))).Item;
  t.same(await get(tables.apiKeys.name, { keyHash: rows[3]?.keyHash ?? '' }), rows[3]);
  t.same(await get(tables.site.name, { siteKey: 'demo/readers', id: 'hq-lab-in-1' }), {
    siteKey: 'demo/readers',
    id: 'hq-lab-in-1',
    ...site.readers.find(({ readerId }) => readerId === 'hq-lab-in-1'),
  });
  t.match(await get(tables.site.name, { siteKey: 'demo/devices', id: 'garage-panel' }), { serial: /^DEMO/, keys: [] });
  t.match(await get(tables.apiKeys.name, { keyHash: hashDeviceSerial('demo', 'zkteco', 'DEMO000000001') }), {
    ...{ keyId: 'garage-panel', tenantId: 'demo', readerIds: ['hq-garage-in-1', 'hq-garage-out-1'] },
    device: { deviceId: 'garage-panel', serial: undefined },
  });
  t.match(await get(tables.apiKeys.name, { keyHash: hashApiKey(keys['garage-face'] ?? '') }), {
    device: { make: 'hikvision' },
  });
  t.equal(Object.keys(keys).length, devices.length - 1);
  t.match(await get(tables.site.name, { siteKey: 'demo/access-levels', id: 'staff' }), { scheduleId: 'always' });
  t.same(await get(tables.employees.name, { employeeKey: 'demo/emp-00042' }), {
    employeeKey: 'demo/emp-00042',
    ...site.employees[41],
    tenantId: 'demo',
    nameKey: nameKey({ name: site.employees[41]?.name ?? '', employeeId: 'emp-00042' }),
    cardIds: ['card-00042'],
  });
  t.same(await get(tables.cards.name, { cardKey: 'demo/card-00042' }), {
    cardKey: 'demo/card-00042',
    ...site.cards[41],
  });
  t.equal(await countRows(tables.site.name), siteRows);
  t.equal(await countRows(tables.cards.name), site.cards.length);
  t.equal(await countRows(tables.employees.name), 5_000);

  const formatted = { ...site.readers[0], cardFormat: 'uid-hex' };
  await documents.send(
    new PutCommand({
      TableName: tables.site.name,
      Item: { siteKey: 'demo/readers', id: formatted.readerId, ...formatted },
    }),
  );
  await seedKeys(dynamodb, site, rows);
  const [first, second] = rows;
  t.same(
    await get(tables.apiKeys.name, { keyHash: first?.keyHash ?? '' }),
    { ...first, cardFormats: { [formatted.readerId ?? '']: 'uid-hex' }, cardNumbers: 'full' },
    'a later start keeps the card format that the reader has now',
  );
  t.same(await get(tables.apiKeys.name, { keyHash: second?.keyHash ?? '' }), second);

  async function countRows(TableName: string): Promise<number> {
    let count = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new ScanCommand({ TableName, Select: 'COUNT', ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      );
      count += page.Count ?? 0;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return count;
  }
});

t.test('a start without a site writes a tenant and an operator’s key once', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { dynamodb } = cloud.clients;
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const all = async (TableName: string) => (await documents.send(new ScanCommand({ TableName }))).Items ?? [];
  const first = await startSite(dynamodb, 'acme', undefined);
  t.match(first, { isKept: false, keys: {}, site: { tenantId: 'acme', readers: [] } });
  await first.write();
  const kept = { keys: {}, operator: first.operatorKey, tenant: 'acme' };
  const second = await startSite(dynamodb, 'acme', kept);
  t.match(second, { isKept: true, operatorKey: first.operatorKey });
  await documents.send(
    new DeleteCommand({ TableName: tables.apiKeys.name, Key: { keyHash: hashApiKey(first.operatorKey) } }),
  );
  await second.write();
  t.same(await all(tables.apiKeys.name), [], 'a key that the admin has revoked stays so');
  const lost = await startSite(dynamodb, 'acme', undefined);
  await lost.write();
  const keyHash = hashApiKey(lost.operatorKey);
  t.match(await all(tables.apiKeys.name), [{ keyHash, tenantId: 'acme', role: 'operator', readerIds: [] }]);
  const rows = await all(tables.site.name);
  t.match(
    rows.filter(({ siteKey }) => siteKey === 'acme/tenant'),
    [{ id: 'acme', tenantId: 'acme', name: 'acme', cardNumbers: 'full' }],
  );
  const listed = rows.filter(({ siteKey }) => siteKey === 'acme/operator-keys');
  t.equal(listed.length, 2, 'without the kept keys, the next start lists a second key');
  t.match(
    listed.find((row) => row['keyHash'] === keyHash),
    { name: 'This machine', issuedAt: /^20/ },
  );
});

t.test('the next start with the same data has the keys that were issued since', async (t) => {
  const operator = newApiKey();
  const first = { tenant: 'acme', operator, keys: { north: 'a' } };
  const since = { ...first, keys: { south: 'b' }, devices: { lobby: 'd' }, operators: { 'Guard desk': 'c' } };
  const file = (content: object) => JSON.stringify(content);
  const folder = t.testdir({ run: { 'keys.json': file(since) }, data: { 'keys.json': file(first) } });
  const files = new SiteFiles(join(folder, 'run'), join(folder, 'data'));
  const kept = {
    keys: { north: 'a', south: 'b' },
    devices: { lobby: 'd' },
    operators: { 'Guard desk': 'c' },
    operator,
  };
  t.match(await files.keptKeys(), kept);
  writeFileSync(files.keysFile, file({ ...since, tenant: 'other' }));
  t.same(await files.keptKeys(), first, 'not those of another tenant');
});

t.test('npm run seed without a region says what to set', async (t) => {
  const folder = t.testdir();
  const env = { PATH: process.env['PATH'], HOME: folder, SWIPEGATE_STAGE: 'test' };
  const main = fileURLToPath(new URL('../demo/main.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main], { cwd: folder, env, encoding: 'utf8' });
  t.equal(status, 2);
  t.equal(
    stderr.split('\n').findLast((line) => line !== ''),
    'There is no region to write the demo into. Set AWS_REGION to that of the stage, such as AWS_REGION=eu-central-1, or region in ~/.aws/config.',
  );
});
