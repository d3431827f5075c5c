import Type from 'typebox';
import { TenantId, Timestamp, tenantKey } from '../values/identifiers.js';
import { DeviceId, DeviceMake, DeviceSerial } from './device.js';

/** Text of a device about itself, as printable ASCII: no device needs more, and anybody may have written it. */
const ToldText = (description: string) => Type.String({ pattern: '^[ -~]{1,64}$', description });

/** Members of a device that it tells of itself, or that its connection shows. */
const toldFields = {
  address: Type.Optional(ToldText('Address from which it called')),
  model: Type.Optional(ToldText('Model, as the device names it')),
  firmware: Type.Optional(ToldText('Version of its firmware')),
};

const clockOffsetMs = Type.Optional(
  Type.Integer({ description: 'How far its clock is ahead of the gateway’s, ms; negative: behind' }),
);

/** A device called. On the `swipes` stream, at most once a minute for each device, or on a change. */
export const DeviceContactRecord = Type.Object({
  kind: Type.Literal('device-contact'),
  tenantId: TenantId,
  deviceId: DeviceId,
  ...toldFields,
  clockOffsetMs,
  at: Timestamp,
});
export type DeviceContactRecord = Type.Static<typeof DeviceContactRecord>;

/** A device with an unknown serial number was refused. On the `swipes` stream, at most once a minute for each. */
export const RefusedDeviceRecord = Type.Object({
  kind: Type.Literal('refused-device'),
  tenantId: TenantId,
  make: DeviceMake,
  serial: DeviceSerial,
  ...toldFields,
  requests: Type.Integer({ minimum: 1, description: 'Refused requests since the last record' }),
  at: Timestamp,
});
export type RefusedDeviceRecord = Type.Static<typeof RefusedDeviceRecord>;

/** Last contact of a device, as the admin API shows it. */
export const DeviceContact = Type.Object({
  ...toldFields,
  clockOffsetMs,
  lastSeen: { ...Timestamp, description: 'When the device called last, to the minute' },
});
export type DeviceContact = Type.Static<typeof DeviceContact>;

const unpairedFields = {
  serial: DeviceSerial,
  ...toldFields,
  firstSeen: Timestamp,
  lastSeen: Timestamp,
  requests: Type.Integer({ description: 'Requests that were refused' }),
};
/** An entry of the row of a make in the contacts table. */
export const RefusedDevice = Type.Object(unpairedFields);
export type RefusedDevice = Type.Static<typeof RefusedDevice>;

export const UnpairedDevice = Type.Object({ make: DeviceMake, ...unpairedFields });
export type UnpairedDevice = Type.Static<typeof UnpairedDevice>;

export const UnpairedDeviceList = Type.Object(
  { items: Type.Array(UnpairedDevice) },
  {
    $id: 'UnpairedDeviceList',
    description: 'Devices that called in the last 24 hours and are not registered, newest first',
  },
);
export type UnpairedDeviceList = Type.Static<typeof UnpairedDeviceList>;

/** How long a device that was refused is remembered, ms. */
export const UNPAIRED_SHOWN_MS = 24 * 3_600_000;
/** Refused devices of a make that a tenant's row holds: anybody in the devices' networks may make up serial numbers. */
export const MOST_UNPAIRED = 50;

/** Partition of the contacts table with a row for each device of a tenant. No tenant can have this id. */
export function deviceContactsKey(tenantId: string): string {
  return tenantKey(tenantId, 'devices');
}

/** Partition of the contacts table with a row for each make, which lists the refused devices. */
export function unpairedDevicesKey(tenantId: string): string {
  return tenantKey(tenantId, 'unpaired-devices');
}
