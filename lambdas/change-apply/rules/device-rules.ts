import { type ContentOf, defaultTenant, hashDeviceSerial, readersOfDevice } from '@swipegate/contract';
import { commandFault, type DeviceOrder } from '../../stores/device-commands.js';
import { thereAre } from '../../stores/listed-ids.js';
import {
  applied,
  type ChangeContext,
  type ChangeResult,
  commandPut,
  deviceKeyPut,
  keyTombstone,
  type Put,
  rejected,
  sitePut,
} from './effects.js';
import type { ChangeFacts, ReaderKey, StoredDevice } from './facts.js';
import { keysAfterIssue } from './key-rules.js';

/** Puts a device: its row, and those of its serial number and its keys. A serial number that it no longer has ends. */
export function setDevice(
  { device }: ContentOf<'set-device'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { deviceId, make, serial } = device;
  const unknown = readersOfDevice(device).find((id) => !facts.site.readers.has(id));
  if (unknown !== undefined)
    return rejected('reader-unknown', `There is no reader ${unknown}. ${thereAre(facts.site.readers.keys())}`);
  const namesake = facts.devices.find(
    (other) => other.deviceId !== deviceId && serial !== undefined && other.make === make && other.serial === serial,
  );
  if (namesake !== undefined)
    return rejected('already-exists', `The serial number ${serial} is that of the device ${namesake.deviceId}.`);
  const before = facts.devices.find((other) => other.deviceId === deviceId);
  const after = { ...device, keys: before?.keys ?? [] };
  const isRenamed = before?.serial !== serial || before?.make !== make;
  return applied(
    ...(before !== undefined && isRenamed ? serialTombstone(before, context) : []),
    sitePut(context, 'devices', deviceId, after),
    ...keyPuts(after, facts, context),
  );
}

export function removeDevice(
  { deviceId }: ContentOf<'remove-device'>,
  { devices }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const device = devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) return unknownDevice(deviceId, devices);
  return applied(
    sitePut(context, 'devices', deviceId),
    ...serialTombstone(device, context),
    ...device.keys.map(keyTombstone),
  );
}

/** Adds a key for the device's URL. Its other keys stay valid until the overlap ends; expired ones are removed. */
export function issueDeviceKey(
  { deviceId, keyId, keyHash, overlapUntil }: ContentOf<'issue-device-key'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const device = facts.devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) return unknownDevice(deviceId, facts.devices);
  const { keys, over } = keysAfterIssue(device.keys, { keyId, keyHash, overlapUntil }, context);
  const after = { ...device, keys };
  return applied(
    sitePut(context, 'devices', deviceId, after),
    ...keyPuts(after, facts, context),
    ...over.map(keyTombstone),
  );
}

/** Puts the command where a gateway takes it for the device, unless it is there already. */
export function commandDevice(change: DeviceOrder, { devices }: ChangeFacts): ChangeResult {
  const { deviceId } = change.content;
  const device = devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) return unknownDevice(deviceId, devices);
  const fault = commandFault(change.content, device);
  if (fault !== undefined) return rejected('command-unknown', `The ${fault.field} ${fault.reason}.`);
  return applied(commandPut(change));
}

export function revokeDeviceKey(
  { deviceId, keyId }: ContentOf<'revoke-device-key'>,
  { devices }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const device = devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) return unknownDevice(deviceId, devices);
  const key = device.keys.find((each) => each.keyId === keyId);
  if (key === undefined) {
    const ids = device.keys.map((each) => each.keyId);
    return rejected('key-unknown', `The device ${deviceId} has no key ${keyId}. ${thereAre(ids)}`);
  }
  const keys = device.keys.filter((other) => other !== key);
  return applied(sitePut(context, 'devices', deviceId, { ...device, keys }), keyTombstone(key));
}

/** Puts the rows of the keys of a device, and that of its serial number, as its doors and readers are now. */
export function keyPuts(
  { keys, ...device }: StoredDevice,
  { site, storedTenant }: Pick<ChangeFacts, 'site' | 'storedTenant'>,
  context: ChangeContext,
): Put[] {
  const { cardNumbers } = storedTenant ?? defaultTenant(context.tenantId);
  const readers = readersOfDevice(device).flatMap((id) => site.readers.get(id) ?? []);
  const { deviceId, make, serial } = device;
  const named: Pick<ReaderKey, 'keyId' | 'keyHash'>[] =
    serial === undefined ? [] : [{ keyId: deviceId, keyHash: hashDeviceSerial(context.tenantId, make, serial) }];
  return [...named, ...keys].map((key) => deviceKeyPut(context, device, { readers, cardNumbers }, key));
}

function serialTombstone({ make, serial }: StoredDevice, { tenantId }: ChangeContext): Put[] {
  return serial === undefined ? [] : [keyTombstone({ keyHash: hashDeviceSerial(tenantId, make, serial) })];
}

function unknownDevice(deviceId: string, devices: readonly StoredDevice[]): ChangeResult {
  const ids = devices.map((each) => each.deviceId);
  return rejected('device-unknown', `There is no device ${deviceId}. ${thereAre(ids)}`);
}
