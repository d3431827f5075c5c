import Type from 'typebox';
import { identifier, ReaderId } from '../values/identifiers.js';
import { hashApiKey } from '../values/key-text.js';

export const DeviceId = identifier('A device that speaks a protocol of its own', 'lobby-terminal');

/** Makes whose protocol the device port speaks, or packages/reader-bridge: uhppote and mqtt. */
export const DeviceMake = Type.Enum(['zkteco', 'control-id', 'dahua', 'hikvision', 'uhppote', 'mqtt'], {
  description: 'The protocol that the device speaks; makes that sell it under another name have the same',
});
export type DeviceMake = Type.Static<typeof DeviceMake>;

export const DeviceSerial = Type.String({
  pattern: '^[A-Za-z0-9._:-]{1,64}$',
  description: 'Serial number with which a ZKTeco device names itself. Others are known by a key in their URL',
});

export const DeviceDoor = Type.Object(
  {
    door: Type.Integer({ minimum: 0, maximum: 255, description: 'Number of the door, as the device counts' }),
    in: Type.Optional({ ...ReaderId, description: 'Reader of those who go in' }),
    out: Type.Optional({ ...ReaderId, description: 'Reader of those who go out' }),
    action: Type.Optional(
      Type.String({
        pattern: '^(?:door=\\d{1,3}|sec_box(?:=\\d{1,10})?|catra=(?:clockwise|anticlockwise|both))$',
        description:
          'What opens this door, at a Control iD device: door=1, sec_box or catra=clockwise. Default: the door of this number',
      }),
    ),
  },
  { additionalProperties: false },
);
export type DeviceDoor = Type.Static<typeof DeviceDoor>;

/** A terminal or controller as it is sold: which of its doors are which readers. Cards have the formats of the readers. */
export const Device = Type.Object({
  deviceId: DeviceId,
  make: DeviceMake,
  serial: Type.Optional(DeviceSerial),
  doors: Type.Array(DeviceDoor, { minItems: 1, maxItems: 64 }),
  timeZone: Type.String({ description: 'IANA time zone of the device’s clock' }),
  networks: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9A-Fa-f.:]+(?:/\\d{1,3})?$' }), {
      maxItems: 16,
      description: 'Addresses and CIDR blocks from which the device may come. Absent: any that the port admits',
    }),
  ),
});
export type Device = Type.Static<typeof Device>;

/** Members of a device that the gateway needs at each request. They are in the rows of the device's keys. */
export const DeviceOfKey = Type.Omit(Device, ['serial']);
export type DeviceOfKey = Type.Static<typeof DeviceOfKey>;

/** Readers of a device, each once. */
export function readersOfDevice({ doors }: Pick<Device, 'doors'>): string[] {
  return Array.from(new Set(doors.flatMap((door) => [door.in, door.out].flatMap((id) => id ?? []))));
}

/**
 * Key of the row of a device that is known by its serial number. The tenant is part of it: a serial number is no secret,
 * and nobody may claim another's device.
 */
export function hashDeviceSerial(tenantId: string, make: DeviceMake, serial: string): string {
  return hashApiKey(`device/${tenantId}/${make}/${serial}`);
}
