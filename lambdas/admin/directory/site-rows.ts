import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { type SiteKind, tenantKey } from '@swipegate/contract';
import { queryAll } from '@swipegate/http/query-rows';

/** Reads a row of the site table. Removed entries leave rows without members. Rejects with an SDK error. */
export async function readSiteRow(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  kind: SiteKind,
  id: string,
): Promise<Row | undefined> {
  const key = { siteKey: tenantKey(tenantId, kind), id };
  return (await batchGet(dynamodb, [{ tableName, key }])).get(tableName)?.[0];
}

/** Reads all rows of a kind in the site table. Rejects with an SDK error. */
export function readSiteRows(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  kind: SiteKind,
): Promise<Row[]> {
  return queryAll(dynamodb, { tableName, key: ['siteKey', tenantKey(tenantId, kind)] });
}
