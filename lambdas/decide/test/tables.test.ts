// Own process: changes process.env.
import {
  DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  type DoorEventRecord,
  decisionOfRow,
  INDEXES,
  MOST_UNPAIRED,
  type RefusedDevice,
  type RefusedDeviceRecord,
  type SwipeRecord,
  swipeMessageOf,
  TABLES,
} from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { kinesisEvent } from '@swipegate/infra/local/sources/event-source/kinesis-event';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import fc from 'fast-check';
import t from 'tap';
import { presenceOf } from '../../stores/presence.js';
import { SiteCache } from '../../stores/site-cache.js';
import { readEnvironment } from '../environment.js';
import { DeviceContacts } from '../stores/device-contacts.js';
import { ReaderContacts } from '../stores/reader-contacts.js';
import { withRefused } from '../stores/refused-devices.js';
import { ZoneStore } from '../stores/zone-store.js';
import { INDEX, MONDAY_9_UTC, SITE, swipeIdOf, swipeOf } from './small-site.js';

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { dynamodb } = cloud.clients;
const documents = DynamoDBDocumentClient.from(dynamodb);
await seed(dynamodb, SITE, []);
Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
const { handler } = await import('../handler.js');

const DAY_S = 86_400;
let records = 1_000;

/** Invokes the function with one document as a record. */
async function come(value: object, arrivedAtMs: number): Promise<void> {
  records += 1;
  const record = {
    SequenceNumber: String(records),
    PartitionKey: 'a',
    Data: Buffer.from(JSON.stringify(value)),
    ApproximateArrivalTimestamp: new Date(arrivedAtMs),
  };
  const event = kinesisEvent('shardId-000000000000', [record], {
    streamArn: 'arn:aws:kinesis:eu-central-1:000000000000:stream/swipes',
    region: 'eu-central-1',
  });
  t.same(await handler(event), { batchItemFailures: [] });
}

async function swiped(change: Partial<SwipeRecord> & { n: number }, arrivedAtMs?: number) {
  const swipe = swipeOf(change);
  await come(swipeMessageOf(swipe), arrivedAtMs ?? Date.parse(swipe.receivedAt));
  const key = { swipeKey: `acme/${swipe.swipeId}`, cardId: swipe.cardId };
  const { Item = {} } = await documents.send(new GetCommand({ TableName: TABLES.decisions, Key: key }));
  return { ...Item, ...decisionOfRow(Item) };
}

async function query(tableName: string, index: string, name: string, value: string) {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index,
      KeyConditionExpression: `${name} = :value`,
      ExpressionAttributeValues: { ':value': value },
    }),
  );
  return Items;
}

t.test('decisions are found by card, cardholder and reader', async (t) => {
  const { byCard, byEmployee, byReader } = INDEXES.decisions;
  const later = await swiped({
    n: 1,
    cardId: 'bob',
    readAt: '2026-11-23T10:00:00.5+01:00',
    receivedAt: '2026-11-23T09:00:01Z',
  });
  t.match(later, {
    cardKey: 'acme/bob',
    employeeKey: 'acme/bob',
    readerKey: 'acme/hard-in',
    eventKey: `2026-11-23T09:00:00.500Z#${swipeIdOf(1)}`,
    decidedKey: `${later['decidedAt']}#${swipeIdOf(1)}`,
    expiresAt: Math.floor(Date.parse(String(later['decidedAt'])) / 1_000) + 400 * DAY_S,
  });
  const stopped = { readAt: '2020-01-01T00:00:00Z', receivedAt: '2026-11-23T08:00:00Z' };
  await swiped({ n: 2, cardId: 'bob-2', ...stopped });
  const offline = { readAt: '2026-11-23T07:00:00Z', offlineOutcome: 'denied' } as const;
  await swiped({ n: 3, cardId: 'bob', receivedAt: '2026-11-23T09:01:00Z', ...offline });
  const stranger = await swiped({ n: 4, cardId: 'who' });
  t.notOk('employeeKey' in stranger);
  const ids = async (index: string, name: string, value: string) =>
    (await query(TABLES.decisions, index, name, value)).map(({ swipeKey }) => Number(swipeKey.slice(-2)));
  t.same(await ids(byCard, 'cardKey', 'acme/bob'), [3, 1], 'in the order of events');
  t.same(await ids(byEmployee, 'employeeKey', 'acme/bob'), [3, 2, 1], 'with all their cards');
  t.same(await ids(byReader, 'readerKey', 'acme/hard-in'), [1, 2, 3, 4], 'in the order of decision');
});

async function inside() {
  const rows = await query(TABLES.presence, INDEXES.presence.byBuilding, 'buildingKey', 'acme/b');
  return rows.map((row) => [row['cardKey'], row['employeeId'], row['placeKey']]);
}

t.test('cardholders inside are found by building, and only those', async (t) => {
  const before = await inside();
  await swiped({ n: 10, cardId: 'cara', readerId: 'none-in' });
  const since = new Date(MONDAY_9_UTC).toISOString();
  t.same(
    await inside(),
    [...before, ['acme/cara', 'cara', `none#${since}#in#none-in`]],
    'by zone, then by time of entry',
  );
  const forgivenAt = '2026-11-23T08:00:00Z';
  await documents.send(
    new UpdateCommand({
      TableName: TABLES.presence,
      Key: { cardKey: 'acme/cara' },
      UpdateExpression: 'SET forgivenAt = :at',
      ExpressionAttributeValues: { ':at': forgivenAt },
    }),
  );
  await swiped({ n: 11, cardId: 'cara', readerId: 'none-out' });
  t.same(await inside(), before);
  const { Item = {} } = await documents.send(
    new GetCommand({ TableName: TABLES.presence, Key: { cardKey: 'acme/cara' } }),
  );
  t.match(Item, { version: 2, forgivenAt, employeeId: 'cara' }, 'forgivenAt stays');
  for (const name of ['inside', 'buildingKey', 'placeKey']) t.notOk(name in Item, `${name} is gone`);
});

t.test('the row of an unknown card places no one once its time to live is over', async (t) => {
  const setExpiry = (expiresAt: number) =>
    documents.send(
      new UpdateCommand({
        TableName: TABLES.presence,
        Key: { cardKey: 'acme/passer-by' },
        UpdateExpression: 'SET expiresAt = :at',
        ExpressionAttributeValues: { ':at': expiresAt },
      }),
    );
  const passerBy = { cardId: 'passer-by', readerId: 'hard-in' };
  await swiped({ n: 16, ...passerBy, readerId: 'free' });
  t.equal((await inside()).filter(([cardKey]) => cardKey === 'acme/passer-by').length, 1);
  await setExpiry(Math.floor(Date.now() / 1_000) - 1);
  await swiped({ n: 17, ...passerBy });
  t.equal((await inside()).filter(([cardKey]) => cardKey === 'acme/passer-by').length, 0);
});

t.test('an operator’s forgiveness lets a cardholder in again', async (t) => {
  t.match(await swiped({ n: 20, cardId: 'dave' }), { reason: 'granted' });
  const later = (ms: number) => new Date(MONDAY_9_UTC + ms).toISOString();
  t.match(await swiped({ n: 21, cardId: 'dave', readAt: later(10_000) }), { reason: 'denied-passback' });
  await documents.send(
    new UpdateCommand({
      TableName: TABLES.presence,
      Key: { cardKey: 'acme/dave' },
      UpdateExpression: 'SET forgivenAt = :at',
      ExpressionAttributeValues: { ':at': new Date(MONDAY_9_UTC).toISOString() },
    }),
  );
  t.match(await swiped({ n: 22, cardId: 'dave', readAt: later(20_000) }), { reason: 'granted' });
});

t.test('a swipe that reached the stream late is recorded, and its door stays closed', async (t) => {
  t.match(await swiped({ n: 30, readerId: 'none-in' }, MONDAY_9_UTC + 60_001), {
    outcome: 'recorded',
    reason: 'granted',
  });
  t.match(await swiped({ n: 31, readerId: 'none-in' }, MONDAY_9_UTC + 60_000), { outcome: 'granted' });
});

t.test('alarms are found by day, without other door events', async (t) => {
  await swiped({ n: 40, cardId: 'ann', readerId: 'none-out', duress: true, readAt: '2026-11-23T09:00:00+01:00' });
  await swiped({ n: 41, cardId: 'stolen', readerId: 'none-in', duress: true });
  const posted = async (
    n: number,
    type: DoorEventRecord['type'],
    occurredAt: string,
    receivedAt = '2026-11-23T23:30:01Z',
  ) => {
    const event = {
      kind: 'door-event',
      tenantId: 'acme',
      eventId: swipeIdOf(n),
      readerId: 'hard-in',
      type,
      occurredAt,
      receivedAt,
    };
    await come(event, MONDAY_9_UTC);
    const key = { readerKey: 'acme/hard-in', eventId: swipeIdOf(n) };
    return (await documents.send(new GetCommand({ TableName: TABLES.doorEvents, Key: key }))).Item ?? {};
  };
  const heartbeat = await posted(42, 'heartbeat', '2026-11-23T23:30:00Z');
  t.notOk('alarmDay' in heartbeat);
  t.equal(heartbeat['expiresAt'], Date.parse('2026-11-23T23:30:01Z') / 1_000 + 400 * DAY_S);
  await posted(43, 'tamper', '2026-11-24T00:30:00+01:00');
  await posted(44, 'forced-open', '2026-11-24T01:30:00+01:00', '2026-11-24T00:30:01Z');
  const { byDay } = INDEXES.doorEvents;
  const alarms = await query(TABLES.doorEvents, byDay, 'alarmDay', 'acme/2026-11-23');
  t.same(
    alarms.flatMap((row) => (row['type'] === 'clock-wrong' ? [] : [[row['type'], row['readerId'], row['alarmKey']]])),
    [
      ['duress', 'none-out', `2026-11-23T08:00:00.000Z#${swipeIdOf(40)}`],
      ['duress', 'none-in', `2026-11-23T09:00:00.000Z#${swipeIdOf(41)}`],
      ['tamper', 'hard-in', `2026-11-23T23:30:00.000Z#${swipeIdOf(43)}`],
    ],
  );
  t.equal((await query(TABLES.doorEvents, byDay, 'alarmDay', 'acme/2026-11-24')).length, 1);
});

t.test('a zone with a limit has a row, which starts with the cards inside', async (t) => {
  const inside = (cardKey: string, zoneId: string) => ({
    cardKey,
    buildingKey: 'acme/b',
    placeKey: `${zoneId}#${new Date(MONDAY_9_UTC).toISOString()}`,
  });
  for (const row of [inside('acme/x', 'small'), inside('acme/y', 'small-2'), inside('acme/z', 'small')]) {
    await documents.send(new PutCommand({ TableName: TABLES.presence, Item: row }));
  }
  const zones = new ZoneStore(dynamodb, readEnvironment({}));
  const zone = INDEX.zones.get('small');
  const wanted = new Map(zone === undefined ? [] : [['acme/small', { tenantId: 'acme', zone }]]);
  const state = { zoneKey: 'acme/small', version: 0, occupants: ['x', 'z'], presentations: [] };
  const read = async () => (await zones.read(wanted)).rows.get('acme/small');
  const found = await read();
  t.same({ ...found, occupants: found?.occupants.toSorted() }, state);
  t.equal((await zones.read(new Map())).rows.size, 0);
  t.same(await zones.commit([{ ...state, version: 1 }]), ['written']);
  t.same(await zones.commit([{ ...state, version: 1 }]), ['overtaken']);
  t.same(await zones.commit([{ ...state, version: 2, occupants: [] }]), ['written']);
  t.same(await read(), { ...state, version: 2, occupants: [] });
  t.match(await swiped({ n: 50, cardId: 'ann', readerId: 'small-in' }), { reason: 'granted' });
  t.match(await read(), { version: 3, occupants: ['ann'] });
});

t.test('an unreadable row never stops the way out: it heals, and raises an alarm', async (t) => {
  const row = async (cardKey: string) =>
    (await documents.send(new GetCommand({ TableName: TABLES.presence, Key: { cardKey } }))).Item ?? {};
  const since = new Date(MONDAY_9_UTC).toISOString();
  const place = { buildingId: 'b', zoneId: 'hard', since, swipeId: swipeIdOf(1) };
  const whole = { version: 4, sequence: '', inside: place, movedAt: since, outbox: '[]' };
  const bent: Record<string, unknown>[] = [
    { ...whole, inside: { ...place, since: '-000001-12-31T23:00:00.000Z' } },
    { ...whole, inside: 'x' },
    { ...whole, version: 'x' },
    { ...whole, version: -1 },
    { ...whole, version: 1.5 },
    { ...whole, version: null },
    { ...whole, version: { is: [1] } },
    ...['9007199254740991', '9007199254740993', '9007199254740993.5', '1.00000000000000000001'].map((digits) => ({
      ...whole,
      version: NumberValue.from(digits),
    })),
    { ...whole, expiresAt: NumberValue.from(`1${'0'.repeat(30)}.5`) },
    { ...whole, sequence: 7 },
    { ...whole, sequence: '7' },
    { ...whole, sequence: 'the end' },
    { ...whole, sequence: NumberValue.from('9'.repeat(38)) },
    { ...whole, outbox: 'no JSON' },
    { ...whole, movedAt: '+010000-01-01T00:00:00.000Z', forgivenAt: 'x', expiresAt: 'x', lostAt: 1 },
    {},
  ];
  for (const [i, more] of bent.entries()) {
    const cardKey = 'acme/cara';
    const put = () => documents.send(new PutCommand({ TableName: TABLES.presence, Item: { ...more, cardKey } }));
    await put();
    const entered = await swiped({ n: 100 + 2 * i, cardId: 'cara', readerId: 'hard-in' });
    t.match(entered, { reason: 'denied-passback' }, `in: ${JSON.stringify(more)}`);
    await put();
    t.match(await swiped({ n: 101 + 2 * i, cardId: 'cara', readerId: 'hard-out' }), { outcome: 'granted' });
    t.match(presenceOf(await row(cardKey)), { cardKey, inside: undefined }, 'outdoors, and readable');
  }
  const alarms = await query(TABLES.doorEvents, INDEXES.doorEvents.byDay, 'alarmDay', 'acme/2026-11-23');
  const details = () => alarms.filter(({ type }) => type === 'row-unreadable').map(({ detail }) => detail);
  t.match(details(), [/^A stored row could not be read\./], 'once an hour');
  t.notMatch(details().join(), /cara/, 'no one’s data');
});

t.test('a zone row that cannot be read heals from the cards inside', async (t) => {
  const read = async () =>
    (await documents.send(new GetCommand({ TableName: TABLES.zoneState, Key: { zoneKey: 'acme/small' } }))).Item;
  const whole = { occupants: '[]', presentations: '[]' };
  const large = Number.MAX_SAFE_INTEGER;
  const versions = [0, 1.5, large, ...[`${large}00`, `${large}.5`].map(NumberValue.from)];
  const bent = [{ version: 40 }, { version: 'x' }, {}, ...versions.map((version) => ({ ...whole, version }))];
  for (const [i, more] of bent.entries()) {
    const version = JSON.stringify(more);
    await documents.send(new PutCommand({ TableName: TABLES.zoneState, Item: { ...more, zoneKey: 'acme/small' } }));
    t.match(await swiped({ n: 150 + i, cardId: 'bob', readerId: 'small-free' }), { reason: 'granted' });
    t.match(await read(), { occupants: /bob/, presentations: String }, version);
  }
});

t.test('a reader row that cannot be read lets people out, and no one in', async (t) => {
  const Key = { siteKey: 'acme/readers', id: 'hard-out' };
  const { Item = {} } = await documents.send(new GetCommand({ TableName: TABLES.site, Key }));
  await documents.send(new PutCommand({ TableName: TABLES.site, Item: { ...Item, door: 7 } }));
  const sites = new SiteCache(dynamodb, { tableName: TABLES.site, maxAgeMs: 0 });
  const site = await sites.siteOf('acme', ['hard-out']);
  t.match(site.readers.get('hard-out'), { direction: 'out', mode: 'locked-down', zoneId: 'hard', buildingId: 'b' });
  t.match(site.unreadableReaders?.get('hard-out'), /The row of the reader acme\/hard-out in swipegate-site is invalid/);
  await documents.send(new PutCommand({ TableName: TABLES.site, Item }));
  t.equal((await sites.siteOf('acme', ['hard-out'])).unreadableReaders, undefined);
});

t.test('the last contact of a reader is written at most every ten seconds', async (t) => {
  const heardAt = async (readerId: string) =>
    (await documents.send(new GetCommand({ TableName: TABLES.readerContacts, Key: { tenantId: 'acme', readerId } })))
      .Item?.['heardAt'];
  t.ok(await heardAt('hard-in'), 'by a swipe or a door event');
  const contacts = new ReaderContacts(dynamodb, TABLES.readerContacts);
  const of = (...readerIds: string[]) => new Map([['acme', new Set(readerIds)]]);
  const at = (ms: number) => new Date(ms).toISOString();
  await contacts.heard(of('quiet'), 0);
  await contacts.heard(of('quiet'), 9_999);
  t.equal(await heardAt('quiet'), at(0));
  await contacts.heard(of('quiet', 'other'), 10_000);
  t.equal(await heardAt('quiet'), at(10_000));
  t.equal(await heardAt('other'), at(10_000));
  const seen = {
    tenantId: 'acme',
    readerId: 'quiet',
    cardId: 'uid-04a1b2c3',
    swipeId: '0193a1d2-7c1e-7000-8000-000000000001',
  };
  const later = { ...seen, cardNumber: '04A1B2C4', cardId: 'uid-04a1b2c4', at: at(3_000) };
  await contacts.refused([{ ...seen, at: at(1_000) }, { ...later, readerId: 'other' }, later]);
  await contacts.heard(of('quiet'), 20_000);
  const { tenantId: _, ...row } = later;
  const key = { tenantId: 'acme/unknown-cards', readerId: 'quiet' };
  const { Item } = await documents.send(new GetCommand({ TableName: TABLES.readerContacts, Key: key }));
  t.same(Item, { ...row, ...key, expiresAt: 3 + 86_400 }, 'the last unknown card stays when the reader is heard again');
  const broken = new ReaderContacts(dynamodb, 'no-such-table');
  await t.rejects(broken.heard(of('quiet'), 0));
  await t.rejects(broken.heard(of('quiet'), 1), 'a failed write is still due');
});

t.test('the last contact of a device has all that it ever told', async (t) => {
  const contact = { kind: 'device-contact', tenantId: 'acme', deviceId: 'lobby' } as const;
  const at = (second: number) => new Date(second * 1_000).toISOString();
  await come({ ...contact, address: '192.0.2.1', model: 'F20/M', clockOffsetMs: -90_000, at: at(60) }, 0);
  await come({ ...contact, address: '192.0.2.2', firmware: 'Ver 8', at: at(120) }, 0);
  await come({ ...contact, address: '192.0.2.3', at: at(90) }, 0);
  const key = { tenantId: 'acme/devices', readerId: 'lobby' };
  const { Item } = await documents.send(new GetCommand({ TableName: TABLES.readerContacts, Key: key }));
  const told = { address: '192.0.2.2', model: 'F20/M', firmware: 'Ver 8', clockOffsetMs: -90_000, lastSeen: at(120) };
  t.same(Item, { ...told, ...key });
});

t.test('refused devices of a make are one row, which a flood neither fills nor empties', async (t) => {
  const devices = new DeviceContacts(dynamodb, TABLES.readerContacts);
  const read = async () => {
    const Key = { tenantId: 'acme/unpaired-devices', readerId: 'zkteco' };
    return (await documents.send(new GetCommand({ TableName: TABLES.readerContacts, Key }))).Item ?? {};
  };
  const refused = (serial: string, second: number, more: Partial<RefusedDeviceRecord> = {}): RefusedDeviceRecord => ({
    ...{ kind: 'refused-device', tenantId: 'acme', make: 'zkteco', serial, requests: 2 },
    at: new Date(second * 1_000).toISOString(),
    ...more,
  });
  const real = { address: '192.0.2.7', model: 'time clock' };
  await come(refused('REAL1', 1, real), 0);
  await come(refused('REAL1', 61, { firmware: 'Ver 8' }), 0);
  await come(refused('REAL1', 61, { firmware: 'Ver 8' }), 0);
  const serial = 'REAL1';
  const [firstSeen, lastSeen] = [new Date(1_000).toISOString(), new Date(61_000).toISOString()];
  const shown = { serial, ...real, firmware: 'Ver 8', firstSeen, lastSeen, requests: 4 };
  t.match(await read(), { devices: [shown], version: 3, expiresAt: 61 + 86_400 });
  const flood = Array.from({ length: 70 }, (_, n) => refused(`X${n}`, 100 + n, { address: '192.0.2.66' }));
  // Two functions at a time, as right after a reshard.
  await Promise.all([devices.refused(flood.slice(0, 35)), devices.refused(flood.slice(35))]);
  const { devices: after } = await read();
  t.equal(after.length, MOST_UNPAIRED);
  t.match(after.at(-1), shown, 'the real one stays');
  t.equal(after[0].serial, 'X69');
  await devices.refused([refused('LATER', 200_000)]);
  t.match(
    (await read())['devices'].map((device: RefusedDevice) => device.serial),
    ['LATER'],
    'a day later',
  );
  await t.rejects(new DeviceContacts(dynamodb, 'no-such-table').refused(flood));
});

t.test('no list of refused devices grows, and its newest is always there', async () => {
  const record = fc.record({ n: fc.nat({ max: 120 }), address: fc.nat({ max: 3 }), second: fc.nat({ max: 1_000 }) });
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 40 }), { maxLength: 10 }), (batches) => {
      let list: RefusedDevice[] = [];
      for (const batch of batches) {
        const records = batch.map(
          ({ n, address, second }): RefusedDeviceRecord => ({
            ...{ kind: 'refused-device', tenantId: 'acme', make: 'zkteco', serial: `S${n}`, address: `a${address}` },
            ...{ requests: 1, at: new Date(second * 1_000).toISOString() },
          }),
        );
        const times = [...list.map(({ lastSeen }) => lastSeen), ...records.map(({ at }) => at)];
        list = withRefused(list, records);
        if (list[0]?.lastSeen !== times.sort().at(-1)) return false;
        if (list.length > MOST_UNPAIRED || new Set(list.map(({ serial }) => serial)).size !== list.length) return false;
      }
      return true;
    }),
  );
});
