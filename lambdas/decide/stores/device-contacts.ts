import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row, type TableKey } from '@swipegate/aws/batch-get';
import { batchWrite } from '@swipegate/aws/batch-write';
import { batchWriteIf } from '@swipegate/aws/batch-write-if';
import {
  DeviceContact,
  type DeviceContactRecord,
  deviceContactsKey,
  type RefusedDeviceRecord,
  tenantKey,
  UNPAIRED_SHOWN_MS,
  unpairedDevicesKey,
} from '@swipegate/contract';
import { rowParser } from '@swipegate/contract/values/validation';
import { refusedDevicesIn, withRefused } from './refused-devices.js';

/** The stream keeps the refused devices of a tenant in one shard, so hardly any write is overtaken. */
const ATTEMPTS = 3;

const contactOf = rowParser(DeviceContact);

const rowKey = ({ tenantId, readerId }: Row) => `${tenantId}/${readerId}`;

/** Rows of the contacts table about devices: the last contact of each, and those that were refused. */
export class DeviceContacts {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /** Records the last contact of each device. What it has told before stands. @throws what the SDK throws */
  async seen(records: readonly DeviceContactRecord[]): Promise<void> {
    if (records.length === 0) return;
    const keys = new Map(
      records.map(({ tenantId, deviceId }) => {
        return [tenantKey(tenantId, deviceId), { tenantId: deviceContactsKey(tenantId), readerId: deviceId }];
      }),
    );
    const rows = new Map((await this.#read(Array.from(keys.values()))).map((row) => [rowKey(row), row]));
    for (const { kind: _, tenantId, deviceId, at, ...told } of records) {
      const key = { tenantId: deviceContactsKey(tenantId), readerId: deviceId };
      const before = contactOf(rows.get(rowKey(key)) ?? {});
      // A record that a retry brings again, or that comes from a slower gateway.
      if (before !== undefined && Date.parse(before.lastSeen) > Date.parse(at)) continue;
      rows.set(rowKey(key), { ...before, ...told, lastSeen: at, ...key });
    }
    await batchWrite(this.#dynamodb, this.#tableName, Array.from(rows.values()));
  }

  /** Adds refused devices to the row of their make. @throws what the SDK throws */
  async refused(records: readonly RefusedDeviceRecord[]): Promise<void> {
    const groups = new Map<string, RefusedDeviceRecord[]>();
    for (const record of records) {
      const key = tenantKey(record.tenantId, record.make);
      groups.set(key, [...(groups.get(key) ?? []), record]);
    }
    for (const group of groups.values()) await this.#refusedOfMake(group);
  }

  async #refusedOfMake(records: readonly RefusedDeviceRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const key = { tenantId: unpairedDevicesKey(first.tenantId), readerId: first.make };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [row] = await this.#read([key]);
      const devices = withRefused(refusedDevicesIn(row), records);
      const newest = Math.max(...devices.map(({ lastSeen }) => Date.parse(lastSeen)));
      const version = typeof row?.['version'] === 'number' ? row['version'] : 0;
      const expiresAt = Math.ceil((newest + UNPAIRED_SHOWN_MS) / 1_000);
      const was = row === undefined ? undefined : { version: row['version'] };
      const values = { version: version + 1, devices, expiresAt };
      const [result] = await batchWriteIf(this.#dynamodb, this.#tableName, [{ key, values, was }]);
      if (result === 'written') return;
      if (result !== 'overtaken') throw new Error(`The row of refused devices was not written: ${result?.message}`);
    }
  }

  async #read(keys: readonly TableKey['key'][]): Promise<Row[]> {
    const tableName = this.#tableName;
    const read = await batchGet(
      this.#dynamodb,
      keys.map((key) => ({ tableName, key })),
    );
    return read.get(tableName) ?? [];
  }
}
