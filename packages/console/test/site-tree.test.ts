import assert from 'node:assert/strict';
import { compile, type Reader, ReaderId, type Zone } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { proposedId } from '../site/proposed-id.js';
import { flattened, siteTree, zonesWithin } from '../site/site-tree.js';

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
