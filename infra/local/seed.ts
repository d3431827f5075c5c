import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ApiKey, type Site, type SiteKind, tenantKey } from '../../gateway/contract/index.js';
import type { Row } from '../../lambdas/dynamodb/batch-get.js';
import { batchWrite } from '../../lambdas/dynamodb/batch-write.js';
import { tables } from '../resources.js';

/** Calls under way at once. */
const LANES = 4;

/** Writes a site and its API keys into their tables. Rows that are there already are replaced. @returns how many rows */
export async function seed(dynamodb: DynamoDBClient, site: Site, apiKeys: readonly ApiKey[]): Promise<number> {
  let written = 0;
  for (const [tableName, rows] of rowsOf(site, apiKeys)) {
    await batchWrite(dynamodb, tableName, rows, { lanes: LANES });
    written += rows.length;
  }
  return written;
}

/** Rows of a site and its API keys, by table. */
export function rowsOf(site: Site, apiKeys: readonly ApiKey[]): [tableName: string, rows: Row[]][] {
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
      ],
    ],
    [
      tables.employees.name,
      site.employees.map((employee) => ({ employeeKey: tenantKey(tenantId, employee.employeeId), ...employee })),
    ],
    [tables.cards.name, site.cards.map((card) => ({ cardKey: tenantKey(tenantId, card.cardId), ...card }))],
  ];
}
