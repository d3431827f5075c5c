import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Row } from '@swipegate/aws/attributes';
import { type SiteKind, tenantKey } from '@swipegate/contract';
import { queryAll } from '@swipegate/http/query-rows';

/** Reads all rows of one kind from a tenant's site, without the members that only the table needs. */
export async function siteRows(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  kind: SiteKind,
): Promise<Row[]> {
  const rows = await queryAll(dynamodb, { tableName, key: ['siteKey', tenantKey(tenantId, kind)] });
  return rows.map(({ siteKey, id, changedBy, ...row }) => row);
}
