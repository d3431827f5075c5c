import { ApiKey, CardStatus, compile, hashApiKey, type Reader, Site } from '@swipegate/contract';
import t from 'tap';
import { NAME_COUNT, nameOf } from '../demo/demo-people.js';
import { demoKeys, demoSite } from '../demo/demo-site.js';

const site = demoSite();

t.test('the demo site matches the contract and has the documented size', async (t) => {
  const isSite = compile(Site);
  t.ok(isSite(site), JSON.stringify(isSite.errors));
  t.equal(site.buildings.length, 2);
  t.equal(site.readers.length, 24);
  t.equal(site.employees.length, 5_000);
  t.equal(new Set(site.buildings.map(({ timeZone }) => timeZone)).size, 2, 'in two time zones');
  for (const { timeZone } of site.buildings) t.doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone }));
});

t.test('the same seed gives the same site, a different seed a different one', async (t) => {
  // Compared as text: tap needs seconds for a deep comparison of 10,000 rows.
  const text = (seed: number) => JSON.stringify(demoSite({ seed }));
  const [first, again, other] = [text(7), text(7), text(8)];
  t.ok(first === again);
  t.ok(first !== other);
});

t.test('every id is unique, and every id referred to exists', async (t) => {
  const ids = (rows: readonly object[], of: string) => {
    const all = rows.map((row) => String(Object.entries(row).find(([name]) => name === of)?.[1]));
    const unique = new Set(all);
    t.equal(unique.size, all.length, `${of} is unique`);
    return unique;
  };
  const buildings = ids(site.buildings, 'buildingId');
  const zones = ids(site.zones, 'zoneId');
  const schedules = ids(site.schedules, 'scheduleId');
  const levels = ids(site.accessLevels, 'accessLevelId');
  const employees = ids(site.employees, 'employeeId');
  ids(site.readers, 'readerId');
  ids(site.cards, 'cardId');

  const zoneBuilding = new Map(site.zones.map(({ zoneId, buildingId }) => [zoneId, buildingId]));
  t.ok(site.zones.every(({ buildingId }) => buildings.has(buildingId)));
  t.ok(site.accessLevels.every((level) => schedules.has(level.scheduleId)));
  t.ok(site.accessLevels.every((level) => level.zoneIds.every((zoneId) => zones.has(zoneId))));
  t.ok(site.employees.every((employee) => employee.accessLevelIds.every((id) => levels.has(id))));
  t.ok(site.cards.every(({ employeeId }) => employeeId === undefined || employees.has(employeeId)));
  for (const reader of site.readers) {
    t.equal(zoneBuilding.get(reader.zoneId), reader.buildingId, `${reader.readerId} leads into its own building`);
    if (reader.outerZoneId !== undefined) t.equal(zoneBuilding.get(reader.outerZoneId), reader.buildingId);
  }
  const used = new Set(site.employees.flatMap(({ accessLevelIds }) => accessLevelIds));
  t.strictSame(used, levels, 'every access level is used');
});

t.test('readers: pairs, inner doors, every direction and mode', async (t) => {
  const some = (test: (reader: Reader) => boolean) => site.readers.some(test);
  for (const { buildingId } of site.buildings) {
    const ofBuilding = site.readers.filter((reader) => reader.buildingId === buildingId);
    t.equal(ofBuilding.length, 12);
    const entrances = ofBuilding.filter((reader) => reader.outerZoneId === undefined && reader.direction === 'in');
    t.ok(entrances.length >= 2, 'several ways in');
    const ins = ofBuilding.filter(({ direction }) => direction === 'in');
    const pairs = ins.filter(({ readerId }) =>
      ofBuilding.some((r) => r.readerId === readerId.replace('-in-', '-out-')),
    );
    t.ok(pairs.length >= 5, 'in/out pairs');
    t.ok(
      some((reader) => reader.buildingId === buildingId && reader.outerZoneId !== undefined),
      'an inner zone',
    );
  }
  t.ok(some(({ direction }) => direction === 'both'));
  t.equal(site.readers.filter(({ mode }) => mode === 'locked-down').length, 1);
  t.equal(site.readers.filter(({ mode }) => mode === 'free').length, 1);
  t.strictSame(
    new Set(site.zones.map(({ antiPassback }) => antiPassback.mode)),
    new Set(['none', 'hard', 'soft', 'timed']),
  );
  t.ok(site.schedules.some(({ holidays }) => holidays.length > 0));
});

t.test('the site has cards in every state the rules know', async (t) => {
  const now = new Date().toISOString();
  const employee = new Map(site.employees.map((each) => [each.employeeId, each]));
  const level = new Map(site.accessLevels.map((each) => [each.accessLevelId, each]));
  const holder = (employeeId: string | undefined) => employee.get(employeeId ?? '');
  const schedulesOf = (employeeId: string | undefined) =>
    holder(employeeId)?.accessLevelIds.map((id) => level.get(id)?.scheduleId) ?? [];

  for (const status of CardStatus.enum) {
    t.ok(site.cards.filter((card) => card.status === status).length >= 20, `some are ${status}`);
  }
  const active = site.cards.filter(({ status }) => status === 'active');
  t.ok(
    active.some(({ validUntil = now }) => validUntil < now),
    'active, yet past its validUntil',
  );
  t.ok(
    active.some(({ validFrom = now }) => validFrom > now),
    'active, yet before its validFrom',
  );
  t.ok(
    active.some(({ employeeId }) => employeeId === undefined),
    'not linked to an employee',
  );
  t.ok(
    active.some(({ employeeId }) => holder(employeeId)?.active === false),
    'of an inactive employee',
  );
  t.ok(
    active.some(({ employeeId }) => holder(employeeId)?.accessLevelIds.length === 0),
    'without any access level',
  );
  for (const scheduleId of site.schedules.map((schedule) => schedule.scheduleId)) {
    t.ok(
      active.some(({ employeeId }) => schedulesOf(employeeId).includes(scheduleId)),
      `at ${scheduleId} only`,
    );
  }

  const plain = active.filter(
    (card) =>
      card.validFrom === undefined &&
      card.validUntil === undefined &&
      holder(card.employeeId)?.active === true &&
      holder(card.employeeId)?.accessLevelIds.includes('staff'),
  );
  t.ok(plain.length >= 4_500, `${plain.length} of 5,000 are let in at any hour`);
});

t.test('names look human and are unique', async (t) => {
  t.ok(NAME_COUNT >= 5_000);
  t.equal(new Set(Array.from({ length: NAME_COUNT }, (_, i) => nameOf(i))).size, NAME_COUNT);
  t.ok(site.employees.every(({ name }) => /^\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+$/u.test(name)));
  t.equal(new Set(site.employees.map(({ name }) => name)).size, 5_000);
});

t.test('each reader and the operator get a new key; table rows hold only hashes', async (t) => {
  const { keys, operatorKey, rows } = demoKeys(site);
  const isApiKey = compile(ApiKey);
  t.equal(new Set(Object.values(keys)).size, 24);
  t.notSame(demoKeys(site).keys, keys, 'fresh each time');
  for (const row of rows) {
    t.ok(isApiKey(row), JSON.stringify(isApiKey.errors));
    const [readerId] = row.readerIds;
    t.equal(row.role === 'operator', readerId === undefined);
    t.equal(row.keyHash, hashApiKey(readerId === undefined ? operatorKey : (keys[readerId] ?? '')));
    t.equal(row.tenantId, site.tenantId);
  }
  t.equal(rows.length, 25);
  t.notMatch(JSON.stringify(rows), /sgk_/);
});
