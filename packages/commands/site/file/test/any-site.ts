import type { CardFormat, Device, Reader, Zone } from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import fc from 'fast-check';
import type { SiteEntries } from '../entries.js';

const idEnd = fc.string({ unit: fc.constantFrom(...'aZ09._:-'), maxLength: 8 });
const anyId = fc.tuple(fc.constantFrom(...'aZ0917'), idEnd).map(([first, rest]) => `${first}${rest}`);
/** Texts that YAML could take for something else, and any others. */
const awkward = [
  'no',
  '~',
  '12',
  '0x1F',
  '1e3',
  'true',
  '- a',
  '# no',
  'a: b',
  "it's",
  '"',
  '{a}',
  '@',
  '  ',
  'a #b',
  '07:00',
];
const anyName = fc
  .oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 20 }))
  .map((text) => plainText(text.replaceAll(/\p{Cc}/gu, '')) || 'x');
const anyDoor = fc.oneof(
  anyName,
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'a\nb', ' x ', 'a\tb\r'),
);
const anyTime = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));

const anyAntiPassback: fc.Arbitrary<Zone['antiPassback']> = fc.oneof(
  fc.constant({ mode: 'none' as const }),
  fc.record(
    { mode: fc.constantFrom('hard' as const, 'soft' as const), forgiveAt: anyTime },
    { requiredKeys: ['mode'] },
  ),
  fc.record(
    { mode: fc.constant('timed' as const), minutes: fc.integer({ min: 1, max: 999 }), forgiveAt: anyTime },
    { requiredKeys: ['mode', 'minutes'] },
  ),
);

const anyInterval = fc
  .record({
    days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    from: anyTime,
    until: fc.oneof(anyTime, fc.constant('24:00')),
  })
  .filter(({ from, until }) => from !== until);
const anyHoliday = fc
  .date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2031-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const ids = (maxLength: number) => fc.uniqueArray(anyId, { maxLength });
const pick = (list: readonly string[], n: number) => list[n % list.length];

/** A site that the admin API accepts, its lists in any order. */
export const anySite: fc.Arbitrary<SiteEntries> = fc
  .record({ buildings: ids(3), zones: ids(6), schedules: ids(3), levels: ids(3), readers: ids(8) })
  .chain((all) => {
    const zoneIds = all.buildings.length === 0 ? [] : all.zones;
    return fc.record({
      tenant: fc.record({ name: anyName, cardNumbers: fc.constantFrom('full' as const, 'wiegand-26' as const) }),
      buildings: fc.tuple(
        ...all.buildings.map((buildingId) =>
          fc.record({
            buildingId: fc.constant(buildingId),
            name: anyName,
            timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
          }),
        ),
      ),
      zones: fc
        .tuple(
          ...zoneIds.map((zoneId) =>
            fc.record(
              {
                zoneId: fc.constant(zoneId),
                building: fc.nat(),
                /** Of the zones before this one: no circle. */
                outer: fc.nat(),
                name: anyName,
                antiPassback: anyAntiPassback,
                occupancyLimit: fc.integer({ min: 1, max: 5_000 }),
                accompaniment: fc.record({ withinSeconds: fc.integer({ min: 1, max: 300 }) }),
              },
              { requiredKeys: ['zoneId', 'building', 'name', 'antiPassback'] },
            ),
          ),
        )
        .map((drafts) => {
          const zones: Zone[] = [];
          for (const { building, outer, ...zone } of drafts) {
            const around = outer === undefined ? undefined : zones[outer % (zones.length + 1)];
            const buildingId = around?.buildingId ?? pick(all.buildings, building) ?? '';
            zones.push({ ...zone, buildingId, ...(around && { outerZoneId: around.zoneId }) });
          }
          return zones;
        }),
      schedules: fc.tuple(
        ...all.schedules.map((scheduleId) =>
          fc.record({
            scheduleId: fc.constant(scheduleId),
            intervals: fc.array(anyInterval, { minLength: 1, maxLength: 3 }),
            holidays: fc.array(anyHoliday, { maxLength: 4 }),
          }),
        ),
      ),
      'access-levels': fc.tuple(
        ...(all.schedules.length === 0 ? [] : all.levels).map((accessLevelId) =>
          fc.record({
            accessLevelId: fc.constant(accessLevelId),
            zoneIds: fc.subarray(zoneIds),
            scheduleId: fc.constantFrom(...all.schedules),
          }),
        ),
      ),
      drafts: fc.tuple(
        ...(zoneIds.length === 0 ? [] : all.readers).map((readerId) =>
          fc.record(
            {
              readerId: fc.constant(readerId),
              door: fc.oneof(fc.constantFrom('Door', 'Gate'), anyDoor),
              zone: fc.nat(),
              outer: fc.nat(),
              direction: fc.constantFrom('in' as const, 'out' as const, 'both' as const),
              mode: fc.constantFrom('normal' as const, 'locked-down' as const, 'free' as const),
              cardFormat: fc.constantFrom<CardFormat[]>('as-sent', 'uid-hex', 'wiegand-26'),
            },
            { requiredKeys: ['readerId', 'door', 'zone', 'direction', 'mode'] },
          ),
        ),
      ),
      terminals: fc.uniqueArray(
        fc.record(
          {
            deviceId: anyId,
            make: fc.constantFrom<Device['make'][]>('zkteco', 'control-id', 'dahua', 'hikvision', 'uhppote', 'mqtt'),
            doors: fc.array(
              fc.record(
                { door: fc.nat(255), in: fc.nat(), out: fc.nat(), action: fc.constantFrom('door=2', 'sec_box') },
                { requiredKeys: ['door'] },
              ),
              { minLength: 1, maxLength: 3 },
            ),
            timeZone: fc.constantFrom('Europe/Berlin', 'UTC'),
            networks: fc.constantFrom<string[][]>([], ['10.1.0.0/16'], ['fd00::/8', '192.168.1.7']),
          },
          { requiredKeys: ['deviceId', 'make', 'doors', 'timeZone'] },
        ),
        { maxLength: 3, selector: ({ deviceId }) => deviceId },
      ),
      keys: fc.option(fc.uniqueArray(anyName, { maxLength: 3 }), { nil: undefined }),
    });
  })
  .map(({ drafts, terminals, keys, ...site }) => {
    const readers = drafts.map(({ zone, outer, ...reader }): Reader => {
      const { zoneId = '', buildingId = '' } = site.zones[zone % site.zones.length] ?? {};
      const others = site.zones.filter((each) => each.buildingId === buildingId);
      const other = outer === undefined ? undefined : others[outer % others.length];
      return { ...reader, zoneId, buildingId, ...(other && { outerZoneId: other.zoneId }) };
    });
    const reader = (n: number | undefined) => (n === undefined ? undefined : readers[n % readers.length]?.readerId);
    const devices = terminals.map(({ doors, ...device }, i): Device => {
      const sides = doors.map(({ in: inward, out: outward, ...door }) => {
        const [entrance, exit] = [reader(inward), reader(outward)];
        return { ...door, ...(entrance !== undefined && { in: entrance }), ...(exit !== undefined && { out: exit }) };
      });
      return { ...device, ...(device.make === 'zkteco' && { serial: `SN.${i}` }), doors: sides };
    });
    return { ...site, readers, devices, ...(keys && { operatorKeys: keys }) };
  });
