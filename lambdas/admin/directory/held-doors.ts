import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Change,
  COMMANDS_OF_MAKE,
  commandAt,
  compile,
  covers,
  Device,
  DeviceCommandRow,
  type Lock,
  tenantKey,
} from '@swipegate/contract';
import { hashedId } from '@swipegate/contract/values/hashed-id';
import { queryAll } from '@swipegate/http/query-rows';
import { commandRow, putCommand } from '../../stores/device-commands.js';
import { SiteCache } from '../../stores/site-cache.js';
import { readSiteRows } from './site-rows.js';

type Tables = Readonly<Record<'TABLE_SITE' | 'TABLE_DEVICE_COMMANDS', string>>;

const isDevice = compile(Device);
const isCommand = compile(DeviceCommandRow);

/**
 * Ends `hold-open` at the doors that a lockdown locks, because decide cannot shut a door that a device holds open. The
 * way out stays free: a door with `normal` opens for it, one with `lock` does not. Rejects with an SDK error.
 */
export async function closeHeldDoors(
  dynamodb: DynamoDBClient,
  { TABLE_SITE, TABLE_DEVICE_COMMANDS }: Tables,
  change: Change,
  locks: readonly Lock[],
): Promise<void> {
  const { tenantId, changeId } = change;
  const rows: unknown[] = await readSiteRows(dynamodb, TABLE_SITE, tenantId, 'devices');
  const devices = rows.filter((row) => isDevice(row)).filter(({ make }) => COMMANDS_OF_MAKE[make].includes('normal'));
  if (devices.length === 0) return;
  const site = await new SiteCache(dynamodb, { tableName: TABLE_SITE, maxAgeMs: 0 }).siteOf(tenantId, []);
  const isLocked = (readerId: string | undefined): boolean => {
    const reader = readerId === undefined ? undefined : site.readers.get(readerId);
    return reader !== undefined && locks.some((lock) => covers(lock, reader, site.zones));
  };
  const closing = devices.map(async ({ deviceId, doors }) => {
    const locked = doors.filter((each) => isLocked(each.in));
    if (locked.length === 0) return;
    const key = ['deviceKey', tenantKey(tenantId, deviceId)] as const;
    const found: unknown[] = await queryAll(dynamodb, { tableName: TABLE_DEVICE_COMMANDS, key });
    const commands = found.filter((row) => isCommand(row));
    for (const { door } of locked) {
      if (!isHeldOpen(commands, door)) continue;
      const content = { type: 'command-device', deviceId, door, command: 'normal' } as const;
      const order = { ...change, changeId: hashedId(JSON.stringify([changeId, deviceId, door])), content };
      await putCommand(dynamodb, TABLE_DEVICE_COMMANDS, commandRow(order));
    }
  });
  await Promise.all(closing);
}

/** Whether the last lasting command to a door that may have been carried out holds it open. */
function isHeldOpen(commands: readonly DeviceCommandRow[], door: number): boolean {
  const nowMs = Date.now();
  const lasting = commands
    .filter((each) => each.door === door && ['hold-open', 'lock', 'normal'].includes(each.command))
    .filter((each) => commandAt(each, nowMs).state !== 'expired')
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  return lasting.at(-1)?.command === 'hold-open';
}
