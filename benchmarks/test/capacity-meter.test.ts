import { itemOf, type Row } from '@swipegate/aws/attributes';
import { tables } from '@swipegate/infra/resources';
import t from 'tap';
import { CapacityMeter, itemBytes } from '../stand-ins/capacity-meter.js';

const INSIDE = {
  cardKey: 'demo/card-1',
  version: 1,
  buildingKey: 'demo/hq',
  placeKey: 'hq-lab#2026-11-24T08:00:00.000Z',
  employeeId: 'emp-1',
  outbox: '[]',
};

/** Write units of the presence table and of its index. */
function presenceWrites(before: Row | undefined, after: Row) {
  const meter = new CapacityMeter();
  meter.wrote(tables.presence, before && itemOf(before), itemOf(after));
  const index = meter.writesBy.get(`${tables.presence.name} by-building`) ?? 0;
  t.equal(meter.writeUnits, index + (meter.writesBy.get(tables.presence.name) ?? 0));
  return [meter.writesBy.get(tables.presence.name), index];
}

t.test('sizes include names and values', async (t) => {
  t.equal(itemBytes(itemOf({ abc: 'défg' })), 3 + 5);
  t.equal(itemBytes(itemOf({ n: 12_345, flag: true, none: null })), 1 + 4 + 4 + 1 + 4 + 1);
  t.equal(itemBytes(itemOf({ m: { a: 'x' }, l: ['y', 'z'] })), 1 + 3 + 1 + 2 + 1 + 3 + 4);
});

t.test('reads cost 4 KB units per row, missing rows included; a query costs the sum of its rows', async (t) => {
  const rowOf = (bytes: number) => itemOf({ a: 'x'.repeat(bytes - 1) });
  const meter = new CapacityMeter();
  meter.read(tables.cards, [undefined, rowOf(4_096), rowOf(4_097)]);
  t.equal(meter.readUnits, 1 + 1 + 2);
  meter.queried(tables.site, [rowOf(1_000), rowOf(1_000), rowOf(3_000)]);
  t.equal(meter.readUnits, 4 + 2);
});

t.test('writes cost 1 KB units; an index only if its entry changes', async (t) => {
  const { buildingKey: _, placeKey: __, ...outdoors } = INSIDE;
  t.same(presenceWrites(undefined, INSIDE), [1, 1], 'put');
  t.same(presenceWrites(INSIDE, { ...INSIDE, version: 2, outbox: '[1]' }), [1, 0], 'not projected into the index');
  t.same(presenceWrites(INSIDE, { ...INSIDE, employeeId: 'emp-2' }), [1, 1], 'replaced in place');
  t.same(presenceWrites(INSIDE, { ...INSIDE, placeKey: 'hq-garage#x' }), [1, 2], 'deleted and put');
  t.same(presenceWrites(INSIDE, outdoors), [1, 1], 'deleted');
  t.same(presenceWrites(outdoors, outdoors), [1, 0], 'never in the index');
  t.same(presenceWrites({ ...INSIDE, outbox: 'x'.repeat(1_500) }, INSIDE), [2, 0], 'the larger of before and after');
});
