import {
  type ApiKey,
  cardFormatsOfKey,
  type Device,
  defaultTenant,
  hashApiKey,
  hashDeviceSerial,
  newApiKey,
  readersOfDevice,
  type Site,
} from '@swipegate/contract';
import type { StoredDevice } from '@swipegate/lambdas/change-apply/rules/facts';

const READER = 'hq-garage-in-1';

/** A device of each make, at the garage barrier: its zone has no anti-passback, so a card can be tried again and again. */
const DEVICES: readonly Device[] = [
  {
    deviceId: 'garage-panel',
    make: 'zkteco',
    serial: 'DEMO000000001',
    timeZone: 'Europe/Berlin',
    doors: [{ door: 1, in: READER, out: 'hq-garage-out-1' }],
  },
  {
    deviceId: 'garage-turnstile',
    make: 'control-id',
    // It sends the time of its clock as Unix time, as `date +%s` does only in UTC.
    timeZone: 'UTC',
    doors: [{ door: 1, in: READER, action: 'door=1' }],
  },
  { deviceId: 'garage-terminal', make: 'dahua', timeZone: 'Europe/Berlin', doors: [{ door: 0, in: READER }] },
  { deviceId: 'garage-face', make: 'hikvision', timeZone: 'Europe/Berlin', doors: [{ door: 1, in: READER }] },
];

export interface DemoDevices {
  /** Rows of the site table. */
  devices: StoredDevice[];
  /** Keys in the URLs of devices by device, in clear text. A device with a serial number has none. */
  keys: Record<string, string>;
  /** Rows of the api-keys table. */
  rows: ApiKey[];
}

/** Makes the devices of the demo site, with new keys. */
export function demoDevices({ tenantId, readers }: Site): DemoDevices {
  const made: DemoDevices = { devices: [], keys: {}, rows: [] };
  for (const device of DEVICES) {
    const { serial, ...known } = device;
    const { deviceId, make } = device;
    const keyOf = () => {
      const key = newApiKey();
      made.keys[deviceId] = key;
      return { keyId: `key-${deviceId}`, keyHash: hashApiKey(key) };
    };
    const keys = serial === undefined ? [keyOf()] : [];
    const named = serial === undefined ? [] : [{ keyId: deviceId, keyHash: hashDeviceSerial(tenantId, make, serial) }];
    const readerIds = readersOfDevice(device);
    const formats = cardFormatsOfKey(
      readers.filter(({ readerId }) => readerIds.includes(readerId)),
      defaultTenant(tenantId).cardNumbers,
    );
    made.devices.push({ ...device, keys });
    made.rows.push(...[...named, ...keys].map((key) => ({ ...key, tenantId, readerIds, ...formats, device: known })));
  }
  return made;
}
