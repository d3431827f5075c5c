// Own process: changes process.env.
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { placeKey, TABLES } from '@swipegate/contract';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t from 'tap';

t.test('writes a sample for each building of each tenant, empty ones included, without expired rows', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { dynamodb } = cloud.clients;
  Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
  const { handler } = await import('../handler.js');
  const building = (tenantId: string, id: string) => ({ siteKey: `${tenantId}/buildings`, id, buildingId: id });
  await batchWrite(dynamodb, TABLES.site, [
    building('acme', 'hq'),
    building('acme', 'empty'),
    building('globex', 'hq'),
    { siteKey: 'acme/zones', id: 'lab', zoneId: 'lab' },
  ]);
  const inside = (cardKey: string, buildingKey: string, zoneId: string) => {
    return { cardKey, buildingKey, placeKey: placeKey({ zoneId, since: '2026-11-24T08:15:00.000Z' }) };
  };
  await batchWrite(dynamodb, TABLES.presence, [
    inside('acme/card-1', 'acme/hq', 'lab'),
    inside('acme/card-2', 'acme/hq', 'lab'),
    inside('acme/card-3', 'acme/hq', 'hall'),
    inside('globex/card-1', 'globex/hq', 'shop'),
    { cardKey: 'acme/card-4' },
    { ...inside('acme/visitor-1', 'acme/hq', 'hall'), expiresAt: Math.floor(Date.now() / 1_000) - 1 },
  ]);
  const time = new Date();
  t.same(await handler({ time: time.toISOString() }), { buildings: 3 });
  t.same(await handler({ time: time.toISOString() }), { buildings: 3 }, 'called again for the same minute');
  t.same(await handler({ time: '2026-01-01T00:00:00Z' }), { buildings: 0 }, 'skips a minute in the past');

  time.setUTCSeconds(0, 0);
  const countedAt = time.toISOString();
  const { Items = [] } = await DynamoDBDocumentClient.from(dynamodb).send(
    new ScanCommand({ TableName: TABLES.occupancy }),
  );
  const rows = Items.map(({ expiresAt, ...row }) => row).toSorted((a, b) =>
    String(a['buildingKey']).localeCompare(String(b['buildingKey'])),
  );
  t.same(rows, [
    { buildingKey: 'acme/empty', countedAt, inside: 0, byZone: {} },
    { buildingKey: 'acme/hq', countedAt, inside: 3, byZone: { lab: 2, hall: 1 } },
    { buildingKey: 'globex/hq', countedAt, inside: 1, byZone: { shop: 1 } },
  ]);
});
