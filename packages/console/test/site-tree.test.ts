import assert from 'node:assert/strict';
import { compile, type Reader, ReaderId, type Zone } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { proposedId } from '../site/proposed-id.js';
import { flattened, siteTree, zonesWithin } from '../site/site-tree.js';
import { timeZoneNamed } from '../site/time-zone.js';
import { usualFormat } from '../site/usual-format.js';

const zone = (zoneId: string, outerZoneId?: string, buildingId = 'hq'): Zone => ({
  zoneId,
  buildingId,
  name: zoneId,
  ...(outerZoneId === undefined ? {} : { outerZoneId }),
  antiPassback: { mode: 'none' },
});
const reader = (readerId: string, door: string, zoneId: string): Reader => ({
  readerId,
  door,
  zoneId,
  buildingId: 'hq',
  direction: 'in',
  mode: 'normal',
});

t.test('a site as a tree', async (t) => {
  const { buildings, lost } = siteTree({
    buildings: [{ buildingId: 'hq', name: 'HQ', timeZone: 'UTC' }],
    zones: [zone('lab', 'office'), zone('office'), zone('safe', 'lab'), zone('roof', undefined, 'gone')],
    readers: [
      reader('gate-10', 'Gate 10', 'office'),
      reader('gate-2-out', 'Gate 2', 'office'),
      reader('gate-2-in', 'Gate 2', 'office'),
      reader('stray', 'Stray', 'nowhere'),
    ],
  });
  const zones = flattened(buildings[0]?.zones ?? []);
  t.same(
    zones.map(({ zone: { zoneId }, depth }) => [zoneId, depth]),
    [
      ['office', 0],
      ['lab', 1],
      ['safe', 2],
    ],
  );
  t.same(
    zones[0]?.doors.map(({ name, readers }) => [name, readers.map(({ readerId }) => readerId)]),
    [
      ['Gate 2', ['gate-2-in', 'gate-2-out']],
      ['Gate 10', ['gate-10']],
    ],
  );
  t.match(lost, { zones: [{ zoneId: 'roof' }], readers: [{ readerId: 'stray' }] });
  t.same(
    zonesWithin('office', [zone('lab', 'office'), zone('office'), zone('safe', 'lab'), zone('hall')]),
    new Set(['office', 'lab', 'safe']),
  );
});

t.test('the tree shows each zone once, whatever surrounds it', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const outer = fc.option(fc.constantFrom(...ids, 'gone'), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(outer, outer, outer, outer, outer), (outers) => {
      const zones = ids.map((id, i) => zone(id, outers[i]));
      const { buildings } = siteTree({
        buildings: [{ buildingId: 'hq', name: 'HQ', timeZone: 'UTC' }],
        zones,
        readers: [],
      });
      const shown = flattened(buildings[0]?.zones ?? []).map((each) => each.zone.zoneId);
      assert.deepEqual(shown.toSorted(), ids);
    }),
  );
});

t.test('ids are proposed from names', async (t) => {
  t.equal(proposedId('North Gate (1st floor)'), 'north-gate-1st-floor');
  t.equal(proposedId('Büro Süd, Straße'), 'buro-sud-strasse');
  t.equal(proposedId('Łódź – Øst'), 'lodz-ost');
  t.equal(proposedId('東京'), '', 'the user must choose one');
  t.equal(proposedId('Gate', ['gate', 'gate-2']), 'gate-3');
  const isId = compile(ReaderId);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.array(fc.constantFrom('a', 'b')), (name, taken) => {
      const id = proposedId(name, taken);
      assert.ok(id === '' || (isId(id) && !taken.some((each) => each === id)), id);
    }),
  );
});

t.test('a time zone is named by its name or its city', async (t) => {
  const zones = [
    'America/Sao_Paulo',
    'America/New_York',
    'Europe/Lisbon',
    'Europe/Berlin',
    'America/Troy',
    'Asia/Troy',
  ];
  const table: [typed: string, zone: string][] = [
    ['Europe/Lisbon', 'Europe/Lisbon'],
    [' lisbon ', 'Europe/Lisbon'],
    ['europe/lisbon', 'Europe/Lisbon'],
    ['New York', 'America/New_York'],
    ['São Paulo', 'America/Sao_Paulo'],
    ['UTC', 'UTC'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
  ];
  for (const [typed, zone] of table) t.equal(timeZoneNamed(typed, zones), zone, typed);
  const reason = (typed: string) => {
    const fault = timeZoneNamed(typed, zones);
    return typeof fault === 'string' ? fault : fault.reason;
  };
  t.equal(reason('Troy'), 'must name one zone. These have that city: America/Troy, Asia/Troy');
  t.match(reason('Lisbom'), /^must be a time zone or its city.*, not Lisbom; the nearest is Europe\/Lisbon$/);
  t.match(reason('+01:00'), /^must be a time zone or its city/);
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    t.equal(timeZoneNamed(zone, Intl.supportedValuesOf('timeZone')), zone);
  }
});

t.test('a new door has the card format of the readers around it', async (t) => {
  const at = (buildingId: string, cardFormat?: 'uid-hex' | 'wiegand-26'): Reader => ({
    ...reader(crypto.randomUUID(), 'Gate', 'office'),
    buildingId,
    ...(cardFormat === undefined ? {} : { cardFormat }),
  });
  t.equal(usualFormat([], 'hq'), undefined);
  t.equal(usualFormat([at('hq', 'uid-hex')], 'hq'), 'uid-hex');
  t.equal(usualFormat([at('hq', 'uid-hex')], 'new'), 'uid-hex', 'a new building has none of its own');
  t.equal(usualFormat([at('hq'), at('hq', 'uid-hex'), at('hq', 'uid-hex')], 'hq'), 'uid-hex', 'most of them');
  t.equal(usualFormat([at('ny'), at('ny'), at('hq', 'wiegand-26')], 'hq'), 'wiegand-26', 'the same building first');
  t.equal(usualFormat([at('hq')], 'hq'), 'as-sent');
});
