import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { swipeIdOf } from '../values/hashed-id.js';
import { SwipeId } from '../values/identifiers.js';
import { WallClock, wallTimeIn } from '../values/wall-clock.js';

const NOW = Date.parse('2027-01-15T12:00:00Z');

function instants(zone: string, texts: string[], nowMs = NOW): string[] {
  const clock = new WallClock(zone, nowMs);
  return texts.map((text) => clock.instant(wallTimeIn(text) ?? Number.NaN));
}

t.test('a time on the wall is an instant of the device’s time zone', async (t) => {
  const times: [zone: string, text: string, instant: string][] = [
    ['Europe/Berlin', '2026-02-21 08:15:30', '2026-02-21T07:15:30.000Z'],
    ['Europe/Berlin', '2026-07-21T08:15:30', '2026-07-21T06:15:30.000Z'],
    ['Asia/Kolkata', '2026/7/1 0:05', '2026-06-30T18:35:00.000Z'],
    ['America/Sao_Paulo', ' 2026-07-01 23:59:59.250 ', '2026-07-02T02:59:59.000Z'],
    ['Australia/Lord_Howe', '2026-12-24 12:00:00', '2026-12-24T01:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31 00:00:00', '2011-12-30T10:00:00.000Z'],
  ];
  for (const [zone, text, instant] of times) t.same(instants(zone, [text]), [instant], `${text} ${zone}`);
});

t.test('a text that is no time is none', async (t) => {
  const texts = ['', 'now', '2026-02-30 08:00:00', '2026-13-01 08:00:00', '2026-01-01 24:00:00', '2026-01-01 08:60:00'];
  for (const text of [...texts, '0000-00-00 00:00:00', '1796032800', '2026-01-01']) {
    t.equal(wallTimeIn(text), undefined, text);
  }
});

t.test('the hour that comes twice in autumn is told by the order of events', async (t) => {
  const hour = ['2026-10-25 01:59:00', '2026-10-25 02:10:00', '2026-10-25 02:50:00', '2026-10-25 02:20:00'];
  const utc = ['2026-10-24T23:59:00.000Z', '2026-10-25T00:10:00.000Z', '2026-10-25T00:50:00.000Z'];
  t.same(instants('Europe/Berlin', [...hour, '2026-10-25 03:00:00']), [
    ...utc,
    '2026-10-25T01:20:00.000Z',
    '2026-10-25T02:00:00.000Z',
  ]);
  const [, live = ''] = hour;
  t.same(instants('Europe/Berlin', [live], Date.parse('2026-10-25T00:10:02Z')), ['2026-10-25T00:10:00.000Z']);
  t.same(instants('Europe/Berlin', [live], Date.parse('2026-10-25T01:10:02Z')), ['2026-10-25T01:10:00.000Z']);
  t.same(instants('Europe/Berlin', [live]), ['2026-10-25T00:10:00.000Z'], 'the first, if nothing tells');
});

t.test('an hour that spring leaves out moves forward', async (t) => {
  t.same(instants('Europe/Berlin', ['2026-03-29 02:30:00']), ['2026-03-29T01:30:00.000Z']);
});

t.test('a time ahead of the gateway’s clock is now, and is counted', async (t) => {
  const clock = new WallClock('UTC', NOW);
  const at = (text: string) => clock.instant(wallTimeIn(text) ?? Number.NaN);
  t.equal(at('2027-01-15 12:00:59'), '2027-01-15T12:00:59.000Z');
  t.equal(at('2027-01-15 14:00:00'), '2027-01-15T12:00:00.000Z');
  t.equal(clock.ahead, 1);
});

t.test('every instant of every zone comes back from the wall', async () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC');
  const seconds = fc.integer({ min: 1_577_836_800, max: 1_796_000_000 });
  fc.assert(
    fc.property(zones, seconds, (zone, second) => {
      const shown = new Date(second * 1_000).toLocaleString('sv-SE', { timeZone: zone });
      const [instant = ''] = instants(zone, [shown]);
      return new Date(instant).toLocaleString('sv-SE', { timeZone: zone }) === shown;
    }),
  );
});

t.test('the id of an event depends on each part and on where parts end', async (t) => {
  const isSwipeId = Compile(SwipeId);
  const ids = [['a', 'b'], ['ab'], ['a,b'], ['a', 'b', ''], ['b', 'a'], ['a\0b'], ['a"', '"b']].map(swipeIdOf);
  t.equal(new Set(ids).size, ids.length);
  t.ok(ids.every((id) => isSwipeId.Check(id)));
  t.equal(swipeIdOf(['a', 'b']), ids[0]);
});
