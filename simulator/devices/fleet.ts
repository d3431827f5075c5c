import {
  type Card,
  type Device,
  type DeviceDoor,
  type Employee,
  hashDeviceSerial,
  type Reader,
  type Site,
} from '@swipegate/contract';
import type { CardNumbers } from '@swipegate/contract/cards/card-format';
import { STRANGER_PREFIX } from '../people/population.js';
import { DEVICE_KINDS, type DeviceKind } from '../scenarios/scenario.js';
import { unjudgedZones } from '../verify/oracle.js';
import { cardIdOfUid, type WrittenFormat } from './card-writing.js';
import { controlId } from './control-id.js';
import { DAHUA_FORMS, dahua } from './dahua.js';
import { type ClockFault, DeviceClock } from './device-clock.js';
import { HIKVISION_FORMS, hikvision } from './hikvision.js';
import { hook } from './hook.js';
import type { Credential, Protocol, Way } from './protocol.js';
import { zktecoClock, zktecoPanel } from './zkteco.js';

/** A device of the run. Plain data. */
export interface FleetDevice {
  kind: DeviceKind;
  /** Its place among the devices, from 0. */
  number: number;
  deviceId: string;
  /** How the admin API knows it; undefined for a hook, which is no device but a reader with a key. */
  registered: Device | undefined;
  ways: readonly Way[];
  timeZone: string;
  clock: ClockFault;
  /** Records in one body. */
  batch: number;
}

/** Devices with the readers, people and cards that they need, which the site gets for the run. */
export interface Fleet {
  devices: readonly FleetDevice[];
  readers: readonly Reader[];
  employees: readonly Employee[];
  cards: readonly Card[];
  /** Credentials by cardId, of known cards. */
  credentials: Readonly<Record<string, Credential>>;
  numbers: CardNumbers;
}

/** Keys by deviceId, and those of hooks by readerId. */
export type DeviceKeys = Readonly<Record<string, string>>;

/** Zones without summer time: the sums of the simulator hold on every day of the year. */
const ZONES = [
  ['Asia/Kolkata', 5.5],
  ['America/Sao_Paulo', -3],
  ['Asia/Tokyo', 9],
  ['UTC', 0],
] as const;
const HOUR_MS = 3_600_000;
const CARDS = 80;
const CLOCK_USERS = 30;
/** Prefix of all that the run adds to the site. */
const PREFIX = 'sim';

const FORMATS: Readonly<Record<DeviceKind, Readonly<Record<CardNumbers, readonly WrittenFormat[]>>>> = {
  'zkteco-clock': { full: ['uid-decimal'], 'wiegand-26': ['uid-decimal'] },
  'zkteco-panel': {
    full: ['uid-decimal', 'uid-decimal-reversed'],
    'wiegand-26': ['uid-decimal', 'wiegand-26-decimal'],
  },
  'zkteco-online': {
    full: ['uid-decimal-reversed', 'uid-decimal'],
    'wiegand-26': ['wiegand-26-decimal', 'uid-decimal'],
  },
  'control-id': { full: ['uid-decimal', 'wiegand-34'], 'wiegand-26': ['wiegand-26', 'uid-decimal'] },
  hikvision: {
    full: ['uid-decimal', 'uid-decimal-reversed'],
    'wiegand-26': ['uid-decimal', 'uid-decimal-reversed'],
  },
  dahua: { full: ['uid-hex', 'uid-hex-reversed'], 'wiegand-26': ['uid-hex', 'uid-hex-reversed'] },
  hook: { full: ['uid-hex', 'wiegand-34'], 'wiegand-26': ['uid-hex', 'wiegand-26'] },
};

/** Clocks that are wrong, in turn. History that is ahead counts as now; an hour behind is a wrong zone. */
const CLOCKS: readonly ClockFault[] = [
  { aheadMs: 0 },
  { aheadMs: -HOUR_MS },
  { aheadMs: HOUR_MS },
  { aheadMs: 0, stops: { everyMs: 20_000, forMs: 6_000 } },
];
/** A device that compares its clock with the gateway's before it asks must be right within two minutes. */
const NEARLY_RIGHT: readonly ClockFault[] = [{ aheadMs: 0 }, { aheadMs: -20_000 }];

class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code = 'FLEET_WITHOUT_DOORS';
}

/**
 * Plans the devices of a run, each with one door that leads where a door of the site does.
 * @throws {FleetError} if the site has no door with a way in and a way out that the oracle can judge
 */
export function planFleet(
  site: Site,
  counts: Readonly<Partial<Record<DeviceKind, number>>>,
  numbers: CardNumbers,
): Fleet {
  const doors = doorsOf(site);
  if (doors.length === 0) {
    throw new FleetError(
      'The site has no door with a reader on each side, in mode normal, that virtual devices could copy.',
    );
  }
  const devices: FleetDevice[] = [];
  const readers: Reader[] = [];
  for (const kind of DEVICE_KINDS) {
    for (let i = 0; i < (counts[kind] ?? 0); i++) {
      const door = doors[devices.length % doors.length];
      if (door === undefined) continue;
      const formats = FORMATS[kind][numbers];
      const format = formats[i % formats.length] ?? 'uid-hex';
      const device = deviceOf(kind, i, devices.length, format);
      devices.push(device);
      for (const { readerId, direction } of device.ways) {
        readers.push({ ...door[direction], readerId, door: `Virtual ${kind} ${i + 1}`, cardFormat: format });
      }
    }
  }
  const employees: Employee[] = [];
  const cards: Card[] = [];
  const credentials: Record<string, Credential> = {};
  const accessLevelIds = site.accessLevels.map(({ accessLevelId }) => accessLevelId);
  const add = (cardId: string, credential: Credential): void => {
    const employeeId = `${PREFIX}-emp-${String(employees.length + 1).padStart(3, '0')}`;
    employees.push({ employeeId, name: `Virtual Person ${employees.length + 1}`, active: true, accessLevelIds });
    cards.push({ cardId, status: 'active', employeeId });
    credentials[cardId] = credential;
  };
  for (let i = 0; i < CARDS; i++) {
    const uid = uidOf(i);
    add(cardIdOfUid(uid, numbers), { uid });
  }
  for (let i = 0; i < CLOCK_USERS; i++) add(`zk:${90_001 + i}`, { pin: String(90_001 + i) });
  return { devices, readers, employees, cards, credentials, numbers };
}

/** Distinct in each part that a format keeps, with zeros at both ends and bytes above 127. */
function uidOf(number: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `${hex(number % 3 === 0 ? 4 : 0xe0 + (number % 16))}${hex(0xa1)}${hex(number)}${hex((number * 37) % 256)}`;
}

/** What a card shows to a device, and the id that the site makes of it. Strangers have cards of their own. */
export function shownBy(cardId: string, { credentials, numbers }: Fleet): { cardId: string; credential: Credential } {
  const credential = credentials[cardId];
  if (credential !== undefined) return { cardId, credential };
  const number = Number(cardId.slice(STRANGER_PREFIX.length)) || 0;
  const uid = `fe0b${number.toString(16).padStart(4, '0')}`;
  return { cardId: cardIdOfUid(uid, numbers), credential: { uid } };
}

/** Doors of a site: a way in and a way out between the same zones. */
function doorsOf(site: Site): { in: Reader; out: Reader }[] {
  const unjudged = unjudgedZones(site);
  // A second entry after some minutes depends on the seconds that a device's clock does not show.
  const timed = new Set(site.zones.flatMap(({ zoneId, antiPassback: { mode } }) => (mode === 'timed' ? zoneId : [])));
  const usable = site.readers.filter(
    ({ mode, zoneId, outerZoneId = '' }) =>
      mode === 'normal' && ![zoneId, outerZoneId].some((id) => unjudged.has(id) || timed.has(id)),
  );
  return usable.flatMap((reader) => {
    if (reader.direction !== 'in') return [];
    const out = usable.find(
      ({ direction, zoneId, outerZoneId }) =>
        direction === 'out' && zoneId === reader.zoneId && outerZoneId === reader.outerZoneId,
    );
    return out === undefined ? [] : { in: reader, out };
  });
}

function deviceOf(kind: DeviceKind, index: number, number: number, format: WrittenFormat): FleetDevice {
  const deviceId = `${PREFIX}-${kind}-${index + 1}`;
  const [timeZone] = ZONES[number % ZONES.length] ?? ZONES[0];
  const clocks = kind === 'dahua' || kind === 'hook' || kind === 'hikvision' ? NEARLY_RIGHT : CLOCKS;
  const [doors, ways] = waysOf(kind, deviceId, format);
  const serial = `SIM${String(number + 1).padStart(9, '0')}`;
  return {
    kind,
    number,
    deviceId,
    registered: registered(kind, { deviceId, doors, timeZone, serial }),
    ways,
    timeZone,
    clock: clocks[index % clocks.length] ?? { aheadMs: 0 },
    batch: kind === 'hikvision' ? 1 : ([1, 20, 3][number % 3] ?? 1),
  };
}

function registered(
  kind: DeviceKind,
  { serial, ...device }: Pick<Device, 'deviceId' | 'doors' | 'timeZone'> & { serial: string },
): Device | undefined {
  if (kind === 'hook') return undefined;
  if (kind === 'control-id' || kind === 'dahua' || kind === 'hikvision') return { ...device, make: kind };
  return { ...device, make: 'zkteco', serial };
}

/** A Control iD device has a portal for each side, the others a door with two sides. Dahua counts from 0. */
function waysOf(kind: DeviceKind, deviceId: string, format: WrittenFormat): [DeviceDoor[], Way[]] {
  const [inside, outside] = [`${deviceId}-in`, `${deviceId}-out`];
  const first = kind === 'dahua' ? 0 : 1;
  const second = kind === 'control-id' ? 2 : first;
  const doors =
    kind === 'control-id'
      ? [
          { door: 1, in: inside },
          { door: 2, out: outside },
        ]
      : [{ door: first, in: inside, out: outside }];
  return [
    doors,
    [
      { readerId: inside, door: first, direction: 'in', format },
      { readerId: outside, door: second, direction: 'out', format },
    ],
  ];
}

/** Owners of the keys that the devices need: devices known by their path, and readers of hooks. */
export function keyOwners({ devices }: Fleet): { deviceIds: string[]; readerIds: string[] } {
  return {
    deviceIds: devices.flatMap(({ registered }) =>
      registered === undefined || registered.serial !== undefined ? [] : registered.deviceId,
    ),
    readerIds: devices.flatMap(({ registered, ways }) =>
      registered === undefined ? ways.map(({ readerId }) => readerId) : [],
    ),
  };
}

/** Serial number under which the gateway knows a device; undefined if it has a key. */
export function serialHashOf({ registered }: FleetDevice, tenantId: string): string | undefined {
  const serial = registered?.serial;
  return registered === undefined || serial === undefined
    ? undefined
    : hashDeviceSerial(tenantId, registered.make, serial);
}

export function clockOf({ clock, timeZone }: FleetDevice): DeviceClock {
  const [, hours] = ZONES.find(([name]) => name === timeZone) ?? ZONES[0];
  return new DeviceClock(clock, hours * HOUR_MS);
}

/** Speaks as the device's firmware does. Quirks differ from device to device. */
export function protocolOf(device: FleetDevice, keys: DeviceKeys): Protocol {
  const { kind, number, deviceId, registered } = device;
  const clock = clockOf(device);
  const key = keys[deviceId] ?? '';
  const zkteco = {
    serial: registered?.serial ?? '',
    clock,
    hasSuffix: number % 2 === 1,
    endsLinesWithReturn: number % 3 === 1,
  };
  switch (kind) {
    case 'zkteco-clock':
      return zktecoClock(zkteco);
    case 'zkteco-panel':
      return zktecoPanel({ ...zkteco, asks: false });
    case 'zkteco-online':
      return zktecoPanel({ ...zkteco, asks: true });
    case 'control-id':
      return controlId({ key, clock, deviceNumber: 935_100 + number, liesAboutType: number % 2 === 1 });
    case 'hikvision':
      return hikvision({ key, clock, form: HIKVISION_FORMS[number % HIKVISION_FORMS.length] ?? 'json' });
    case 'dahua':
      return dahua({ key, form: DAHUA_FORMS[number % DAHUA_FORMS.length] ?? 'json' });
    case 'hook':
      return hook({ deviceId, keys, isPlain: number % 2 === 1 });
  }
}
