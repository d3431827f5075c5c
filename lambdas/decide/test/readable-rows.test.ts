import assert from 'node:assert/strict';
import { itemOf, rowOf } from '@swipegate/aws/attributes';
import {
  Alarm,
  compile,
  decisionOfRow,
  decisionRow,
  Swipe,
  SwipeMessage,
  type SwipeRecord,
  swipeMessageOf,
  swipeRecordOf,
} from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { healedPresence, type Presence, presenceOf, presenceRow, unexpired } from '../../stores/presence.js';
import { healedVersion } from '../../stores/row-version.js';
import { MAX_OCCUPANTS, occupantOf, zoneRow, zoneStateOf } from '../../stores/zone-state.js';
import { decideBatch } from '../batch.js';
import { ZoneLedger } from '../plan/zone-ledger.js';
import { cardKeyOf } from '../records/keys.js';
import { passback } from '../rules/passback-rule.js';
import { MemoryStore } from './memory-store.js';
import { MONDAY_9_UTC, SITE, swipeIdOf, swipeOf } from './small-site.js';

const BELIEVED = new Date(MONDAY_9_UTC).toISOString();
/** Times that rows may hold: decide replaces absurd ones. */
const RECENT = /^2026-1[01]-\d{2}T/;
const isSwipe = compile(Swipe);
const isMessage = compile(SwipeMessage);
const isAlarm = compile(Alarm);

/** Any text that the gateway accepts as a time, absurd ones more often. */
const anyTime = fc.oneof(
  fc.stringMatching(/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/),
  fc.constantFrom(
    '0000-01-01T00:00:00+01:00',
    '0000-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59.999999999-23:59',
    '1970-01-01t00:00:00z',
    '2026-02-30T00:00:00Z',
    '2026-11-23T09:00:60Z',
    '2026-11-23T08:59:59.9999999Z',
  ),
  fc.integer({ min: -400_000, max: 400_000 }).map((ms) => new Date(MONDAY_9_UTC + ms).toISOString()),
);

const anySwipe: fc.Arbitrary<SwipeRecord> = fc
  .record(
    {
      swipeId: fc.oneof(fc.uuid(), fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)),
      readerId: fc.constantFrom(...SITE.readers.map(({ readerId }) => readerId), 'nowhere'),
      cardId: fc.constantFrom('ann', 'bob', 'cara', 'who', 'A._:-z'),
      readAt: anyTime,
      direction: fc.constantFrom('in' as const, 'out' as const),
      duress: fc.boolean(),
      offlineOutcome: fc.constantFrom('granted' as const, 'denied' as const),
    },
    { requiredKeys: ['swipeId', 'readerId', 'cardId', 'readAt'] },
  )
  .map((swipe) => {
    const receivedAt = new Date(MONDAY_9_UTC).toISOString();
    const message: unknown = JSON.parse(JSON.stringify(swipeMessageOf({ tenantId: 'acme', ...swipe, receivedAt })));
    if (!isSwipe(swipe) || !isMessage(message)) throw new Error('the gateway refuses it');
    return swipeRecordOf(message);
  });

t.test('decide can read every row that it writes, whatever swipes the gateway accepts', async (t) => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anySwipe, { minLength: 1, maxLength: 12 }), async (swipes) => {
      const store = new MemoryStore();
      const streamed = swipes.map((swipe, i) => ({
        swipe,
        cardKey: cardKeyOf(swipe),
        kinesisSequence: String(i + 1),
        sequence: `${String(i + 1).padStart(56, '0')}.000000`,
        arrivedAtMs: MONDAY_9_UTC,
      }));
      const failed = await decideBatch(
        { swipes: streamed, doorEvents: [], deviceRecords: [], unreadable: [] },
        store.deps(),
      );
      if (failed.length > 0) throw new Error(`failed: ${JSON.stringify(store.errors)}`);
      for (const presence of store.presence.values()) {
        assert.deepStrictEqual(presenceOf(presenceRow(presence)), presence);
        const { movedAt = BELIEVED } = presence;
        assert.match(movedAt, RECENT);
        assert.match(presence.inside?.since ?? movedAt, RECENT);
      }
      for (const decision of store.decisions.values()) {
        const row = decisionRow(decision, 1);
        assert.deepStrictEqual(decisionOfRow(row), decision);
        assert.match(row.eventKey, RECENT);
      }
      for (const state of store.zoneStates.values()) assert.deepStrictEqual(zoneStateOf(zoneRow(state)), state);
      for (const event of store.doorEvents.values()) {
        // The state is in a row of its own, written when somebody acknowledges.
        assert.ok(isAlarm({ ...event, state: 'open', steps: [] }), event.type);
        assert.match(event.occurredAt, RECENT);
      }
      rows += store.presence.size + store.zoneStates.size;
    }),
    { numRuns: 300 },
  );
  t.ok(rows > 300, `${rows} rows`);
});

const inside = { buildingId: 'b', zoneId: 'hard', since: new Date(MONDAY_9_UTC).toISOString(), swipeId: swipeIdOf(1) };
const POSITION = `${'7'.padStart(56, '0')}.000000`;
const good: Presence = { cardKey: 'acme/ann', version: 3, sequence: '', inside, movedAt: inside.since, outbox: [] };
const NOW = MONDAY_9_UTC + 60_000;

/** Values as rows have them: those of JSON, and numbers that a double cannot hold. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(inside, inside.since, '-000001-12-31T23:00:00Z', 7, POSITION, '7', '9'.repeat(80)),
  fc
    .constantFrom(
      ...['0', '-1', '1.5', '1', '9007199254740990', '9007199254740991', '9007199254740992', '9007199254740993.5'],
      ...['9'.repeat(38), '1.00000000000000000001', `1${'0'.repeat(125)}`],
    )
    .map((N) => rowOf({ N: { N } })['N']),
);

/** Some members of a row, each with any value. */
function bent(names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .array(fc.tuple(fc.constantFrom(...names), anything), { minLength: 1, maxLength: 3 })
    .map(Object.fromEntries);
}

const PRESENCE_MEMBERS = [...Object.keys(presenceRow(good)), 'forgivenAt'];

t.test('whatever a row holds, the way out is granted, the person is outdoors, and the row can be read', async (t) => {
  let healed = 0;
  await fc.assert(
    fc.asyncProperty(bent(PRESENCE_MEMBERS), async (change) => {
      const row = { ...presenceRow(good), ...change, cardKey: 'acme/ann' };
      const found = presenceOf(row);
      if (found === undefined) healed += 1;
      const store = new MemoryStore();
      store.presence.set('acme/ann', unexpired(found ?? healedPresence(row, NOW), NOW));
      for (const [i, readerId] of ['hard-in', 'hard-out'].entries()) {
        const swipe = swipeOf({ n: 9 + i, readerId, readAt: new Date(NOW + i).toISOString() });
        const sequence = `${String(i + 9).padStart(56, '0')}.000000`;
        const streamed = { swipe, cardKey: 'acme/ann', kinesisSequence: '1', sequence, arrivedAtMs: NOW + i };
        const batch = { swipes: [streamed], doorEvents: [], deviceRecords: [], unreadable: [] };
        assert.deepStrictEqual(await decideBatch(batch, store.deps(NOW + i)), []);
      }
      const [, out] = Array.from(store.decisions.values());
      assert.strictEqual(out?.outcome, 'granted');
      const next = store.presence.get('acme/ann');
      assert.ok(next !== undefined && next.inside === undefined && next.lostAt === undefined);
      const { forgivenAt } = next;
      const stored = rowOf(itemOf({ ...presenceRow(next), ...(forgivenAt === undefined ? {} : { forgivenAt }) }));
      assert.deepStrictEqual(presenceOf(stored), next);
    }),
    { numRuns: 200 },
  );
  t.ok(healed > 100, `${healed} healed`);
});

t.test('whatever the row of a zone holds, the next one can be written and read', async (t) => {
  const whole = zoneRow({ zoneKey: 'acme/small', version: 3, occupants: ['ann'], presentations: [] });
  fc.assert(
    fc.property(bent(Object.keys(whole)), (change) => {
      const row = { ...whole, ...change, zoneKey: 'acme/small' };
      const empty = { zoneKey: 'acme/small', occupants: [], presentations: [] };
      const found = zoneStateOf(row) ?? { ...empty, version: healedVersion(row.version) };
      const { version, occupants, presentations } = found;
      const next = { ...empty, occupants, presentations, version: version + 1 };
      const stored = rowOf(itemOf(zoneRow(next)));
      assert.deepStrictEqual(zoneStateOf(stored) ?? { ...next, version: version + 1 }, next);
      assert.ok(Number.isSafeInteger(version + 1));
    }),
    { numRuns: 500 },
  );
  t.pass('500 rows');
});

t.test('the row of a zone fits into DynamoDB, however many are inside and however long their ids are', async (t) => {
  const long = (n: number) => String(n).padStart(64, 'x');
  const noted = (n: number) => ({
    ...{ swipeId: swipeIdOf(n), cardId: long(n), sequence: POSITION, employeeId: long(n), readerId: long(n) },
    ...{ atMs: NOW, answer: 'denied-upper-occupancy-limit' as const, isHistory: false, notedAtMs: NOW },
  });
  const zoneKey = `${long(1)}/${long(2)}`;
  const ledger = new ZoneLedger({ zoneKey, version: 1, occupants: [], presentations: [] }, NOW);
  for (let n = 0; n < 20_000; n++) ledger.enter(long(n));
  for (let n = 0; n < 1_000; n++) ledger.note(noted(n));
  const full = zoneRow(ledger.next() ?? fail());
  const bytes = Object.entries({ ...full, version: 'up to 21 bytes' })
    .flat()
    .join('').length;
  t.ok(bytes > 350_000 && bytes < 400 * 1_024, `${bytes} bytes`);
  const read = zoneStateOf(full) ?? fail();
  t.equal(read.occupants.length, MAX_OCCUPANTS);

  const next = new ZoneLedger(read, NOW);
  const othersOf = (n: number) => next.factsFor({ swipeId: '', cardId: long(n), sequence: '' }, '').othersInside;
  t.equal(othersOf(0), MAX_OCCUPANTS - 1, 'found by its long id');
  next.leave(long(0));
  t.equal(othersOf(0), MAX_OCCUPANTS - 1, 'has left');
  t.equal(othersOf(1), MAX_OCCUPANTS - 2);
  const before = { ...zoneRow(read), occupants: JSON.stringify([long(1), 'ann']) };
  t.same(zoneStateOf(before)?.occupants, [occupantOf(long(1)), 'ann'], 'a row of an earlier version');
});

t.test('a healed row can be read, and a readable row stays as it is', async (t) => {
  fc.assert(
    fc.property(bent(PRESENCE_MEMBERS), (change) => {
      const healed = healedPresence({ ...presenceRow(good), ...change, cardKey: 'acme/ann' }, NOW);
      const { forgivenAt } = healed;
      const row = { ...presenceRow(healed), ...(forgivenAt === undefined ? {} : { forgivenAt }) };
      assert.deepStrictEqual(presenceOf(row), healed);
    }),
    { numRuns: 1_000 },
  );
  t.strictSame(healedPresence(presenceRow(good), NOW), { ...good, version: 4 });
});

t.test('a row that is healed never opens a door that its readable form keeps shut', async (t) => {
  const zone = SITE.zones[0];
  if (zone === undefined) return;
  const events = (row: Record<string, unknown>) => {
    const healed = healedPresence(row, NOW);
    const facts = { ...healed, inside: healed.inside, lostAt: healed.lostAt, forgivenAt: healed.forgivenAt };
    const now = { timeZone: 'Europe/Berlin', atMs: NOW, isHistory: false };
    return [
      { mode: 'hard' } as const,
      { mode: 'timed', minutes: 5 } as const,
      { mode: 'soft' } as const,
      { mode: 'none' } as const,
    ].map((antiPassback) => passback({ ...zone, antiPassback }, { ...facts, ...now }));
  };
  const row = presenceRow(good);
  const shut = ['denied-passback', 'denied-passback', 'passback-detected', undefined];
  t.same(events(row), shut);
  const long = [shut[0], undefined, ...shut.slice(2)];
  const first = { ...inside, since: '-000001-12-31T23:00:00.000Z' };
  t.same(events({ ...row, inside: first }), long, 'an entry long ago stays one');
  t.same(
    events({ ...row, inside: { ...inside, since: 'x' }, movedAt: 7, placeKey: 'hard#x' }),
    shut,
    'the time of entry',
  );
  t.same(events({ ...row, inside: 'x' }), shut, 'the keys of the index repeat the place');
  for (const lost of [7, {}, { zoneId: '/' }]) {
    t.same(events({ ...row, inside: lost, buildingKey: null, placeKey: null }), shut, 'a lost place counts everywhere');
  }
  t.same(events({ ...row, lostAt: 'x', inside: null, buildingKey: null, placeKey: null }), shut, 'a lost time of loss');
  t.same(events({ ...row, forgivenAt: 7 }), shut, 'unreadable forgiveness forgives nothing');
  const outdoors = { ...row, inside: undefined, buildingKey: undefined, placeKey: undefined };
  t.same(events({ ...outdoors, forgivenAt: 7 }), [undefined, undefined, undefined, undefined], 'outdoors');
  for (const name of ['version', 'sequence', 'outbox']) {
    t.same(events({ ...outdoors, [name]: {} }), shut, `a fragment without ${name} does not prove it`);
  }
});

function fail(): never {
  throw new Error('There is no row.');
}
