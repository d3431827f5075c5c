import { type DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { attributeOf, type Item, type Row, rowOf } from './attributes.js';
import type { Consistency } from './batch-get.js';

export interface PartitionQuery {
  tableName: string;
  /** A global index (eventually consistent). Without it the table itself is read (strongly consistent). */
  indexName?: string;
  /** Attribute and value of the partition key. */
  key: readonly [name: string, value: string];
  /** Selects rows whose sort key begins with `prefix`, or is at most `through`. */
  sortKey?: { name: string; prefix: string } | { name: string; through: string };
  descending?: boolean;
  /** Attributes to return. Default: all. */
  members?: readonly string[];
  /** Most rows a page. Default: as many as fit into 1 MB. */
  pageSize?: number;
}

const ROWS_PER_SCAN_PAGE = 500;

/** Yields the rows of a partition in the order of the sort key, page by page. Rejects with the error of the SDK. */
export async function* queryPages(
  dynamodb: DynamoDBClient,
  { tableName, indexName, key: [name, value], sortKey, descending = false, members = [], pageSize }: PartitionQuery,
): AsyncGenerator<Row[]> {
  const names: Record<string, string> = { '#partition': name };
  const values: Item = { ':partition': attributeOf(value) };
  let condition = '#partition = :partition';
  if (sortKey !== undefined) {
    const isPrefix = 'prefix' in sortKey;
    condition += isPrefix ? ' AND begins_with(#sort, :sort)' : ' AND #sort <= :sort';
    names['#sort'] = sortKey.name;
    values[':sort'] = attributeOf(isPrefix ? sortKey.prefix : sortKey.through);
  }
  const pages = paginateQuery(
    { client: dynamodb, ...(pageSize && { pageSize }) },
    {
      TableName: tableName,
      ...(indexName === undefined ? { ConsistentRead: true } : { IndexName: indexName }),
      KeyConditionExpression: condition,
      ScanIndexForward: !descending,
      ProjectionExpression: projectionOf(members, names),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    },
  );
  for await (const { Items = [] } of pages) yield Items.map(rowOf);
}

export interface ScanOptions {
  /** Attributes to return. Default: all. */
  members?: readonly string[];
  /** Default: strong. */
  consistency?: Consistency;
}

/** Yields all rows of a table, page by page, in no order. Rejects with the error of the SDK. */
export async function* scanPages(
  dynamodb: DynamoDBClient,
  tableName: string,
  { members = [], consistency = 'strong' }: ScanOptions = {},
): AsyncGenerator<Row[]> {
  const names: Record<string, string> = {};
  const pages = paginateScan(
    { client: dynamodb, pageSize: ROWS_PER_SCAN_PAGE },
    {
      TableName: tableName,
      ConsistentRead: consistency === 'strong',
      ...(members.length > 0 && {
        ProjectionExpression: projectionOf(members, names),
        ExpressionAttributeNames: names,
      }),
    },
  );
  for await (const { Items = [] } of pages) yield Items.map(rowOf);
}

/** Adds the members to the names of the expression: some of them are reserved words. */
function projectionOf(members: readonly string[], names: Record<string, string>): string | undefined {
  for (const [i, member] of members.entries()) names[`#m${i}`] = member;
  return members.length === 0 ? undefined : members.map((_, i) => `#m${i}`).join(', ');
}
