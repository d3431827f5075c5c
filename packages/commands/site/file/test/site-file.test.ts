import { deepStrictEqual, equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import fc from 'fast-check';
import t from 'tap';
import { canonical, canonicalSite, type EntryKind, type EntryOf, type SiteEntries } from '../entries.js';
import { daysIn, daysText } from '../hours.js';
import { readSiteFile } from '../read-site-file.js';
import { siteFileText } from '../write-site-file.js';
import { anySite } from './any-site.js';

const SCHEMA = 'docs/site-file.schema.json';

function siteOfDemo(): SiteEntries {
  const { buildings, zones, schedules, accessLevels, readers } = demoSite();
  const tenant = { name: 'Demo', cardNumbers: 'full' as const };
  return {
    tenant,
    buildings,
    zones,
    schedules,
    'access-levels': accessLevels,
    readers,
    devices: [],
    operatorKeys: ['Guard desk'],
  };
}

const SMALL = `# A comment stays where it is read.
tenant:
  name: Example Ltd
buildings:
  hq:
    timeZone: Europe/Berlin
    zones:
      offices:
        name: Offices
        antiPassback: hard
        doors:
          - {door: North entrance, in: north-in, out: north-out, cardFormat: wiegand-26}
        zones:
          lab:
            antiPassback: {mode: timed, minutes: 5}
            occupancyLimit: 12
            doors:
              - door: Laboratory
                both: lab-1
              - door: Yard
                fromOutdoors: true
                readers:
                  yard-in: {direction: in, mode: locked-down}
                  yard-out: {direction: out}
schedules:
  office-hours:
    open:
      mon-thu: [7:00-12:00, 13:00-19:00]
      fri, sat: 22:00-06:00
    holidays: [2026-12-25]
accessLevels:
  staff: {zones: [lab, offices], schedule: office-hours}
devices:
  terminal-1:
    make: zkteco
    serial: CJ1
    doors: [{door: 1, in: north-in, out: north-out}]
    timeZone: Europe/London
    networks: [10.1.0.0/16]
  turnstile: {make: control-id, doors: [{door: 1, out: yard-out}], timeZone: UTC}
operatorKeys: [Guard desk]
`;

t.test('a file by hand, with its defaults', async (t) => {
  const site = readSiteFile(SMALL, 'site.yaml');
  const hq = { buildingId: 'hq' };
  const outer = { outerZoneId: 'offices' };
  t.strictSame(site, {
    tenant: { name: 'Example Ltd' },
    buildings: [{ ...hq, name: 'hq', timeZone: 'Europe/Berlin' }],
    zones: [
      { zoneId: 'lab', ...hq, name: 'lab', ...outer, antiPassback: { mode: 'timed', minutes: 5 }, occupancyLimit: 12 },
      { zoneId: 'offices', ...hq, name: 'Offices', antiPassback: { mode: 'hard' } },
    ],
    schedules: [
      {
        scheduleId: 'office-hours',
        intervals: [
          { days: [1, 2, 3, 4], from: '07:00', until: '12:00' },
          { days: [1, 2, 3, 4], from: '13:00', until: '19:00' },
          { days: [5, 6], from: '22:00', until: '06:00' },
        ],
        holidays: ['2026-12-25'],
      },
    ],
    'access-levels': [{ accessLevelId: 'staff', zoneIds: ['lab', 'offices'], scheduleId: 'office-hours' }],
    readers: [
      { readerId: 'lab-1', door: 'Laboratory', ...hq, zoneId: 'lab', ...outer, direction: 'both', mode: 'normal' },
      ...(['in', 'out'] as const).map((direction) => {
        const door = { door: 'North entrance', ...hq, zoneId: 'offices', direction, mode: 'normal' };
        return { readerId: `north-${direction}`, ...door, cardFormat: 'wiegand-26' };
      }),
      { readerId: 'yard-in', door: 'Yard', ...hq, zoneId: 'lab', direction: 'in', mode: 'locked-down' },
      { readerId: 'yard-out', door: 'Yard', ...hq, zoneId: 'lab', direction: 'out', mode: 'normal' },
    ],
    devices: [
      {
        deviceId: 'terminal-1',
        make: 'zkteco',
        serial: 'CJ1',
        doors: [{ door: 1, in: 'north-in', out: 'north-out' }],
        timeZone: 'Europe/London',
        networks: ['10.1.0.0/16'],
      },
      { deviceId: 'turnstile', make: 'control-id', doors: [{ door: 1, out: 'yard-out' }], timeZone: 'UTC' },
    ],
    operatorKeys: ['Guard desk'],
  });
});

t.test('any site is read back from its file, and its file is always the same', async () => {
  const keeps = (site: SiteEntries) => {
    const text = siteFileText(site, SCHEMA);
    const read = readSiteFile(text, 'site.yaml');
    deepStrictEqual(read, canonicalSite(site), text);
    equal(siteFileText(read, SCHEMA), text);
  };
  keeps(siteOfDemo());
  fc.assert(fc.property(anySite, keeps), { numRuns: 150 });
});

t.test('the file covers each member of an entry: apply replaces all of them', async (t) => {
  const full: { [Kind in EntryKind]: Required<EntryOf[Kind]> } = {
    buildings: { buildingId: 'hq', name: 'Headquarters', timeZone: 'UTC' },
    zones: {
      zoneId: 'lab',
      buildingId: 'hq',
      name: 'Lab',
      outerZoneId: 'offices',
      antiPassback: { mode: 'timed', minutes: 5, forgiveAt: '04:00' },
      occupancyLimit: 5,
      accompaniment: { withinSeconds: 30 },
    },
    schedules: {
      scheduleId: 'always',
      intervals: [{ days: [1], from: '00:00', until: '24:00' }],
      holidays: ['2026-12-25'],
    },
    'access-levels': { accessLevelId: 'staff', zoneIds: ['lab'], scheduleId: 'always' },
    readers: {
      readerId: 'in-1',
      door: 'North',
      buildingId: 'hq',
      zoneId: 'lab',
      outerZoneId: 'offices',
      direction: 'out',
      mode: 'free',
      cardFormat: 'uid-hex',
      muster: true,
    },
    devices: {
      deviceId: 'terminal-1',
      make: 'zkteco',
      serial: 'CJ1',
      doors: [{ door: 1, in: 'in-1', out: 'out-1', action: 'sec_box' }],
      timeZone: 'UTC',
      networks: ['10.1.0.0/16'],
    },
  };
  t.strictSame(canonical.buildings(full.buildings), full.buildings);
  t.strictSame(canonical.zones(full.zones), full.zones);
  t.strictSame(canonical.schedules(full.schedules), full.schedules);
  t.strictSame(canonical['access-levels'](full['access-levels']), full['access-levels']);
  t.strictSame(canonical.readers(full.readers), full.readers);
  t.strictSame(canonical.devices(full.devices), full.devices);
});

t.test('the example of docs/site-file.md is valid', async (t) => {
  const [, example = ''] = /```yaml\n([^`]+)```/.exec(readFileSync('docs/site-file.md', 'utf8')) ?? [];
  const site = readSiteFile(example, 'docs/site-file.md');
  t.same(
    site.readers.map(({ readerId }) => readerId),
    ['hq-lab-1', 'hq-north-in-1', 'hq-north-out-1'],
  );
});

t.test('weekdays in any notation', async (t) => {
  for (const [text, days] of [
    ['daily', [1, 2, 3, 4, 5, 6, 7]],
    ['fri-mon', [1, 5, 6, 7]],
    ['sun, sat', [6, 7]],
    ['mon-wed,wed-fri', [1, 2, 3, 4, 5]],
  ] as const) {
    t.same(daysIn(text), days, text);
    t.same(daysIn(daysText(days)), days, text);
  }
  t.equal(daysText([1, 3, 4, 7]), 'mon,wed-thu,sun');
});

t.test('each fault names its line, its column, and what is allowed', async (t) => {
  const table: [was: string, is: string, message: RegExp | string][] = [
    [
      'Europe/Berlin',
      'Berlin',
      's:6:5: buildings.hq.timeZone must be a time zone of the IANA database, such as Europe/Berlin, not "Berlin"; did you mean Europe/Berlin?',
    ],
    ['    timeZone: Europe/Berlin\n', '', 's:5:3: buildings.hq.timeZone is missing'],
    [
      'antiPassback: hard',
      'antiPassback: hart',
      /^s:10:9: .*\.antiPassback must be one of none, hard, soft, timed, or an object, not "hart"$/,
    ],
    ['antiPassback: hard', 'antiPassback: timed', /^s:10:9: .* needs minutes: write \{ mode: timed, minutes: 5 \}$/],
    ['mode: timed', 'mode: hard', /^s:15:40: .*minutes is for timed alone: leave it out of hard$/],
    [
      'occupancyLimit: 12',
      'occupancyLimit: many',
      /^s:16:13: .*occupancyLimit must be an integer from 1 to 5000, not "many"$/,
    ],
    ['in: north-in', 'on: north-in', /^s:12:36: .*doors\.#1\.on is not a known field; allowed are door, in, out,/],
    ['in: north-in', 'in: 17', /^s:12:36: .*: write it in quotes, as "17"$/],
    ['both: lab-1', 'from: offices', /^s:18:17: .*doors\.#1 has no reader: write in, out, both or readers$/],
    [
      'both: lab-1',
      'both: north-in',
      /^s:19:17: .*repeats the id of the reader north-in: it is also in .*offices\.doors\.#1$/,
    ],
    [
      'fromOutdoors: true',
      'from: ofices',
      /^s:21:17: .*from names the zone ofices, which the building hq does not have; did you mean offices\?$/,
    ],
    [
      'fromOutdoors: true',
      'fromOutdoors: true\n                from: offices',
      /fromOutdoors cannot be combined with from/,
    ],
    ['          lab:', '          la/b:', /^s:14:11: .*\.la\/b is not an id: it must be 1 to 64 letters, digits/],
    ['          lab:', '          offices:', /repeats the id of the zone offices/],
    [
      'mon-thu',
      'mon-thur',
      /^s:28:7: schedules\.office-hours\.open\.mon-thur are not days: write daily, mon-fri, sat, or/,
    ],
    [
      '22:00-06:00',
      '22-06',
      /^s:29:7: .*\.open\.fri, sat has "22-06": write times from 00:00 to 24:00, such as 07:00-19:00, or 22:00-06:00/,
    ],
    ['22:00-06:00', '22:00-22:00', /^s:29:7: .* has "22:00-22:00": it must end at another time than it begins/],
    ['22:00-06:00', '22:00-24:30', /^s:29:7: .* has "22:00-24:30": write times from 00:00 to 24:00/],
    ['22:00-06:00', '24:00-06:00', /^s:29:7: .* has "24:00-06:00": it must begin before 24:00$/],
    ['7:00-12:00', '08:00-25:00', /^s:28:\d+: .*mon-thu.* has "08:00-25:00": write times from 00:00 to 24:00/],
    ['7:00-12:00', '7', /^s:28:\d+: .*mon-thu.*: write it in quotes, as "7"$/],
    ['2026-12-25', '2026-02-30', /^s:30:16: .*holidays\.#1 must be a date that exists/],
    [
      '[lab, offices]',
      '[lab, office]',
      /^s:32:24: accessLevels\.staff\.zones\.#2 names the zone office, which is not in the file; did you mean offices\?$/,
    ],
    ['schedule: office-hours', 'schedule: always', /names the schedule always, which is not in the file$/],
    ['schedule: office-hours', 'schedule: ofice-hours', /in the file; did you mean office-hours\?$/],
    ['Europe/Berlin', 'Lisbon', /, not "Lisbon"; did you mean Europe\/Lisbon\?$/],
    ['Europe/Berlin', 'Europe/Berln', /, not "Europe\/Berln"; did you mean Europe\/Berlin\?$/],
    ['Europe/Berlin', '+01:00', /, not "\+01:00"$/],
    [
      'occupancyLimit: 12',
      'occupancyLimit:',
      /^s:16:13: .*occupancyLimit must be an integer from 1 to 5000; it is empty$/,
    ],
    ['[Guard desk]', '[Guard desk, Guard desk]', /^s:41:28: operatorKeys\.#2 repeats the name Guard desk$/],
    [
      'out: yard-out}]',
      'out: yerd-out}]',
      /devices\.turnstile\.doors\.#1\.out names the reader yerd-out, .*; did you mean yard-out\?$/,
    ],
    [
      '    serial: CJ1\n',
      '',
      /^s:34:3: devices\.terminal-1 needs serial: a ZKTeco device is known by its serial number$/,
    ],
    ['make: control-id', 'make: zkteco, serial: CJ1', /serial repeats the serial number of the device terminal-1$/],
    [
      'make: control-id',
      'make: acme',
      /make must be one of zkteco, control-id, dahua, hikvision, uhppote, mqtt, not "acme"$/,
    ],
    ['Europe/London', 'London', /devices\.terminal-1\.timeZone .*; did you mean Europe\/London\?$/],
    ['10.1.0.0/16', '10.1.0.0/33', /networks\.#1 must be an address or a CIDR block, such as 10\.1\.0\.0\/16$/],
    ['tenant:', 'tenants:', /^s:2:1: tenants is not a known field; allowed are tenant, buildings,/],
    ['  hq:', '  hq:\n  hq:', /^s:5:6: is not valid YAML: Map keys must be unique/],
    ['timeZone: Europe', 'timeZone: "Europe', /is not valid YAML/],
    [
      '    zones:\n',
      '     zones:\n',
      /^s:6:\d+: is not valid YAML: the value holds another “key: value”: .* correct the indentation of the next line$/,
    ],
    [
      '            occupancyLimit',
      '           occupancyLimit',
      /^s:16:\d+: is not valid YAML: the indentation differs from[^\n]*$/,
    ],
    ['            occupancyLimit', '\t    occupancyLimit', /^s:16:\d+: is not valid YAML: .* with a tab: use blanks$/],
    ['[2026-12-25]', '[2026-12-25', /^s:31:1: is not valid YAML: a \] is missing before this line$/],
    [
      'door: Laboratory',
      'door Laboratory',
      /^s:18:17: is not valid YAML: the line has no key and value: write “key: value”/,
    ],
    ['Example Ltd', '@Example', /: write the text in quotes$/],
    ['schedules:', '---\nschedules:', /the file has several documents: keep one, and remove the line ---$/],
    ['[lab, offices]', '*zones', /^s:32:18: names \*zones, but no &zones stands before it$/],
    ['lab:', 'lab: &lab {zones: {inner: *lab}}\n          shed:', /^s:14:37: \*lab stands inside &lab itself$/],
    [
      'mon-thu: [7:00-12:00, 13:00-19:00]\n      fri, sat: 22:00-06:00',
      'daily',
      /^s:27:5: .*open must be an object, not "daily"$/,
    ],
  ];
  for (const [was, is, message] of table) {
    t.ok(SMALL.includes(was), was);
    t.throws(() => readSiteFile(SMALL.replace(was, is), 's'), { code: 'SITE_FILE_INVALID', message }, is);
  }
  t.throws(() => readSiteFile('', 's'), { message: 's:1:1: is empty: it must describe a site' });
  t.throws(() => readSiteFile('# only a comment\n', 's'), { message: 's:1:1: is empty: it must describe a site' });
  const doubled = Array.from({ length: 20 }, (_, i) => `k${i + 1}: &k${i + 1} [*k${i}, *k${i}]`).join('\n');
  t.throws(() => readSiteFile(`k0: &k0 a\n${doubled}`, 's'), { message: /^s:1:1: its aliases multiply too much/ });
  t.throws(() => readSiteFile('- a\n', 's'), { message: 's:1:1: the file must be an object' });
  const both = SMALL.replace('Europe/Berlin', 'Berlin').replace('[lab, offices]', '[lap]');
  t.throws(() => readSiteFile(both, 's'), { message: /^s:6:5: .*\ns:32:19: .*$/ }, 'all of them, in order');
});

t.test('a site with references to nothing is not exported', async (t) => {
  const demo = siteOfDemo();
  const broken = { ...demo, zones: demo.zones.filter(({ zoneId }) => zoneId !== 'hq-offices') };
  t.throws(() => siteFileText(broken, SCHEMA), { code: 'SITE_BROKEN', message: /: reader hq-datacentre-in-1, reader/ });
  const [a, b] = ['hq-lab', 'hq-offices'];
  const outer: Record<string, string> = { [a]: b, [b]: a };
  const circle = demo.zones.map((zone) => ({
    ...zone,
    ...(outer[zone.zoneId] && { outerZoneId: outer[zone.zoneId] }),
  }));
  t.throws(() => siteFileText({ ...demo, zones: circle }, SCHEMA), { message: /: zone hq-lab, zone hq-offices\./ });
});
