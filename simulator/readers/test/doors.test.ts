import type { Reader, Site } from '@swipegate/contract';
import { seededRandom } from '@swipegate/contract/values/random';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { castOf, playable } from '../cast.js';
import { Doors } from '../doors.js';
import { VirtualReader } from '../virtual-reader.js';

const site = demoSite();
const { keys } = demoKeys(site);
const nowhere = { post: () => undefined };

function virtual(reader: Reader, paceMs = 0): VirtualReader {
  return new VirtualReader({ reader, channel: nowhere, replayChannel: nowhere, waits: false, skewMs: 0, paceMs });
}

const kindOf = ({ buildingId, zoneId, outerZoneId, direction }: Reader) =>
  [buildingId, zoneId, outerZoneId, direction].join();

t.test('a cast has the requested number of readers, and each kind of door in every load worker', async (t) => {
  const kinds = new Set(site.readers.map(kindOf));
  for (const of of [1, 2, 5]) {
    for (const count of [24, 300]) {
      const casts = Array.from({ length: of }, (_, index) => castOf(site.readers, count, { index, of }));
      const total = casts.reduce((sum, cast) => sum + cast.length, 0);
      t.ok(total >= count && total <= count + of * kinds.size, `${total} readers in ${of} workers for ${count}`);
      for (const cast of casts) t.equal(new Set(cast.map(kindOf)).size, kinds.size, 'people who go in can come out');
    }
  }
  t.same(new Set(castOf(site.readers, 24, { index: 0, of: 1 })), new Set(site.readers), 'each reader of the site once');
});

t.test('readers without a key, or at a zone that cannot be judged, are left out', async (t) => {
  const { 'hq-north-in-1': _left, ...some } = keys;
  const played = playable(site, some, new Set(['hq-lab']));
  t.notOk(played.some(({ readerId }) => readerId === 'hq-north-in-1'));
  t.notOk(played.some(({ zoneId }) => zoneId === 'hq-lab'));
  t.equal(played.length, 24 - 1 - 2);
  const inner = playable(site, keys, new Set(['hq-offices']));
  t.notOk(
    inner.some(({ outerZoneId }) => outerZoneId === 'hq-offices'),
    'and those that lead out into it',
  );
});

t.test('people choose buildings by weight, and a door of their direction', async (t) => {
  const readers = site.readers.map((reader) => virtual(reader));
  const doors = new Doors(site, readers, [3, 1], seededRandom(1));
  const chosen = Array.from({ length: 4_000 }, () => doors.choose('in')?.reader);
  const atHq = chosen.filter((reader) => reader?.buildingId === 'hq').length / chosen.length;
  t.ok(Math.abs(atHq - 0.75) < 0.03, `${atHq} of them`);
  t.ok(chosen.every((reader) => reader !== undefined && reader.direction !== 'out'));
  const none = new Doors(site, [], [1], seededRandom(1));
  t.equal(none.choose('out'), undefined);
  const left: Site = { ...site, buildings: site.buildings.slice(0, 1) };
  const zero = new Doors(left, readers, [1], seededRandom(1));
  t.ok(Array.from({ length: 50 }, () => zero.choose('out')).every((door) => door?.reader.buildingId === 'hq'));
});

t.test('people compare two queues and join the shorter', async (t) => {
  const reader = site.readers.find(({ readerId }) => readerId === 'hq-north-in-1');
  if (reader === undefined) throw new Error('no such reader');
  const readers = Array.from({ length: 20 }, () => virtual(reader, 2_000));
  const doors = new Doors(site, readers, [1], seededRandom(4));
  for (let i = 0; i < 200; i++) doors.choose('in')?.queue(0);
  const lengths = readers.map(({ freeMs }) => freeMs / 2_000);
  t.ok(Math.max(...lengths) <= 14, `${Math.max(...lengths)} in the longest of 20 queues, 10 on average`);
});
