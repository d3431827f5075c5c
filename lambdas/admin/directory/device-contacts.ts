import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  compile,
  Device,
  DeviceContact,
  DeviceMake,
  deviceContactsKey,
  RefusedDevice,
  UNPAIRED_SHOWN_MS,
  type UnpairedDevice,
  unpairedDevicesKey,
} from '@swipegate/contract';
import { rowParser } from '@swipegate/contract/values/validation';
import { queryAll } from '@swipegate/http/query-rows';
import { readSiteRows } from './site-rows.js';

const contactOf = rowParser(DeviceContact);
const isDevice = compile(Device);
const isMake = compile(DeviceMake);
const isRefusedDevice = compile(RefusedDevice);

/** Returns the last contact of each device, by deviceId. Rejects with an SDK error. */
export async function deviceContacts(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
): Promise<Map<string, DeviceContact>> {
  const rows = await queryAll(dynamodb, { tableName, key: ['tenantId', deviceContactsKey(tenantId)] });
  return new Map(
    rows.flatMap((row) => {
      const contact = contactOf(row);
      return contact === undefined ? [] : [[String(row['readerId']), contact] as const];
    }),
  );
}

/**
 * Returns the devices that were refused in the last 24 hours and are not registered since, newest first. Rejects with an
 * SDK error.
 */
export async function unpairedDevices(
  dynamodb: DynamoDBClient,
  { TABLE_READER_CONTACTS, TABLE_SITE }: Readonly<Record<'TABLE_READER_CONTACTS' | 'TABLE_SITE', string>>,
  tenantId: string,
  nowMs: number,
): Promise<UnpairedDevice[]> {
  const key = ['tenantId', unpairedDevicesKey(tenantId)] as const;
  const rows = await queryAll(dynamodb, { tableName: TABLE_READER_CONTACTS, key });
  const refused = rows.flatMap(({ readerId: make, devices }) => {
    if (!isMake(make) || !Array.isArray(devices)) return [];
    return devices.filter((device: unknown) => isRefusedDevice(device)).map((device) => ({ make, ...device }));
  });
  const recent = refused.filter(({ lastSeen }) => nowMs - Date.parse(lastSeen) < UNPAIRED_SHOWN_MS);
  if (recent.length === 0) return [];
  const registered: unknown[] = await readSiteRows(dynamodb, TABLE_SITE, tenantId, 'devices');
  const known = new Set(
    registered
      .filter((row) => isDevice(row))
      .flatMap(({ make, serial }) => (serial === undefined ? [] : `${make}/${serial}`)),
  );
  return recent
    .filter(({ make, serial }) => !known.has(`${make}/${serial}`))
    .sort((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
}
