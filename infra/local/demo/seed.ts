import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { batchWrite } from '@swipegate/aws/batch-write';
import {
  type ApiKey,
  cardFormatsOfKey,
  compile,
  defaultTenant,
  nameInStage,
  nameKey,
  type Site,
  type SiteKind,
  Tenant,
  tenantKey,
} from '@swipegate/contract';
import type { StoredDevice } from '@swipegate/lambdas/change-apply/rules/facts';
import { SiteCache } from '@swipegate/lambdas/stores/site-cache';
import { tables } from '../../resources.js';

const isTenant = compile(Tenant);

/**
 * Writes a site, its devices and its API keys into their tables; replaces existing rows.
 * @param stage on AWS; undefined: the local cloud
 * @returns number of rows written
 */
export async function seed(
  dynamodb: DynamoDBClient,
  site: Site,
  apiKeys: readonly ApiKey[],
  { stage, devices = [] }: { stage?: string; devices?: readonly StoredDevice[] } = {},
): Promise<number> {
  let written = 0;
  for (const [tableName, rows] of rowsOf(site, apiKeys, devices)) {
    await batchWrite(dynamodb, nameInStage(tableName, stage), rows, { lanes: 4 });
    written += rows.length;
  }
  return written;
}

/** Whether the site table holds rows of this kind, from an earlier start. */
export async function hasRows(dynamodb: DynamoDBClient, tenantId: string, kind: SiteKind): Promise<boolean> {
  const { Count = 0 } = await dynamodb.send(
    new QueryCommand({
      TableName: tables.site.name,
      KeyConditionExpression: 'siteKey = :siteKey',
      ExpressionAttributeValues: { ':siteKey': { S: tenantKey(tenantId, kind) } },
      Limit: 1,
    }),
  );
  return Count > 0;
}

/**
 * Writes a tenant's API keys, with the card formats that its readers have in the table. Writes the same rows again for
 * keys that are there already.
 */
export async function seedKeys(
  dynamodb: DynamoDBClient,
  { tenantId }: Pick<Site, 'tenantId'>,
  apiKeys: readonly ApiKey[],
): Promise<void> {
  const tableName = tables.site.name;
  const key = { siteKey: tenantKey(tenantId, 'tenant' satisfies SiteKind), id: tenantId };
  const [{ readers }, settings] = await Promise.all([
    new SiteCache(dynamodb, { tableName, maxAgeMs: 0 }).siteOf(tenantId, []),
    batchGet(dynamodb, [{ tableName, key }]),
  ]);
  const tenant: unknown = settings.get(tableName)?.[0];
  const { cardNumbers } = isTenant(tenant) ? tenant : defaultTenant(tenantId);
  const rows = apiKeys.map(({ cardFormats: _, cardNumbers: __, ...row }) => {
    const known = row.readerIds.flatMap((readerId) => readers.get(readerId) ?? []);
    return { ...row, ...cardFormatsOfKey(known, cardNumbers) };
  });
  await batchWrite(dynamodb, tables.apiKeys.name, rows, { lanes: 4 });
}

function employeeRows({ tenantId, employees, cards }: Site): Row[] {
  const cardIds = new Map<string, string[]>();
  for (const { cardId, employeeId } of cards) {
    if (employeeId !== undefined) cardIds.set(employeeId, [...(cardIds.get(employeeId) ?? []), cardId]);
  }
  return employees.map((employee) => ({
    employeeKey: tenantKey(tenantId, employee.employeeId),
    ...employee,
    tenantId,
    nameKey: nameKey(employee),
    cardIds: cardIds.get(employee.employeeId) ?? [],
  }));
}

/** Keys by reader. Only keys of a single reader: those can be rotated in the back office. */
function readerKeys(apiKeys: readonly ApiKey[]): Row[] {
  const keys = new Map<string, Row[]>();
  for (const { readerIds, keyId, keyHash, device } of apiKeys) {
    const [readerId, ...others] = readerIds;
    if (readerId === undefined || others.length > 0 || device !== undefined) continue;
    keys.set(readerId, [...(keys.get(readerId) ?? []), { keyId, keyHash }]);
  }
  return Array.from(keys, ([readerId, keys]) => ({ readerId, keys }));
}

function operatorKeys(apiKeys: readonly ApiKey[]): Row[] {
  const keys = apiKeys.filter(({ role }) => role === 'operator');
  return keys.map(({ keyId, keyHash }) => ({ keyId, keyHash, name: keyId.replace(/^key-/, '') }));
}

/** Rows of a site and its API keys, grouped by table. */
export function rowsOf(
  site: Site,
  apiKeys: readonly ApiKey[],
  devices: readonly StoredDevice[],
): [tableName: string, rows: Row[]][] {
  const { tenantId } = site;
  const siteRows = (kind: SiteKind, rows: readonly Row[], id: string) =>
    rows.map((row) => ({ siteKey: tenantKey(tenantId, kind), id: row[id], ...row }));
  return [
    [tables.apiKeys.name, [...apiKeys]],
    [
      tables.site.name,
      [
        ...siteRows('buildings', site.buildings, 'buildingId'),
        ...siteRows('zones', site.zones, 'zoneId'),
        ...siteRows('schedules', site.schedules, 'scheduleId'),
        ...siteRows('access-levels', site.accessLevels, 'accessLevelId'),
        ...siteRows('readers', site.readers, 'readerId'),
        ...siteRows('devices', devices, 'deviceId'),
        ...siteRows('reader-keys', readerKeys(apiKeys), 'readerId'),
        ...siteRows('operator-keys', operatorKeys(apiKeys), 'keyId'),
      ],
    ],
    [tables.employees.name, employeeRows(site)],
    [tables.cards.name, site.cards.map((card) => ({ cardKey: tenantKey(tenantId, card.cardId), ...card }))],
  ];
}
