import { placeKey } from '@swipegate/contract';
import t from 'tap';
import { minuteToCount, sampleRow } from '../sample.js';

const minuteMs = Date.parse('2026-11-24T08:15:00Z');

t.test('counts a building by zone', async (t) => {
  const since = '2026-11-24T07:00:00.000Z';
  const places = ['lab', 'hall', 'lab', 'lab-2'].map((zoneId) => placeKey({ zoneId, since }));
  t.same(sampleRow('acme/hq', places, { minuteMs, keepDays: 2 }), {
    buildingKey: 'acme/hq',
    countedAt: '2026-11-24T08:15:00.000Z',
    inside: 4,
    byZone: { lab: 2, hall: 1, 'lab-2': 1 },
    expiresAt: Date.parse('2026-11-26T08:15:00Z') / 1000,
  });
  t.match(sampleRow('acme/hq', [], { minuteMs, keepDays: 2 }), { inside: 0, byZone: {} });
});

t.test('counts the minute in which the call was due, unless it is too late', async (t) => {
  t.equal(minuteToCount(minuteMs, minuteMs + 59_000), minuteMs);
  t.equal(minuteToCount(minuteMs + 59_999, minuteMs + 90_000), minuteMs);
  t.equal(minuteToCount(minuteMs, minuteMs + 60_001), undefined);
});
