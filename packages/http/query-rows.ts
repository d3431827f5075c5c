import {
  type AttributeValue,
  type DynamoDBClient,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { CursorError } from './cursor.js';

export type Row = Record<string, unknown>;

/** A partition of a table (read strongly consistent) or of a global index (eventually consistent). */
export interface Partition {
  tableName: string;
  indexName?: string;
  key: readonly [name: string, value: string];
  sortKey?: string;
}

export interface PageRequest {
  /** Bounds of the sort key, both inclusive. */
  from: string | undefined;
  through: string | undefined;
  descending: boolean;
  limit: number;
  /** All key attributes of the last row of the previous page. */
  after: Readonly<Record<string, string>> | undefined;
  /**
   * Selects rows. It runs here, so all rows are read: use it only for lists that are seldom read.
   * DynamoDB cannot filter by key
   * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html).
   */
  filter?: ((row: Row) => boolean) | undefined;
}

/** Limit per call with a filter. Rows have some hundred bytes, and a call reads at most 1 MB. */
const FILTERED_ROWS = 2_000;
/** By default the SDK throws at some numbers that a double cannot hold. One such row would make the whole list fail. */
const AS_DOUBLES = { wrapNumbers: Number };

/**
 * Reads a page and one extra row, which shows whether `more` rows follow. Skips and repeats no row, even among equal
 * sort keys. Bounds with nothing between them give an empty page: DynamoDB would refuse them.
 * @throws {CursorError} if `after` lies outside the bounds, or the SDK's error
 */
export async function queryPage(
  dynamodb: DynamoDBClient,
  partition: Partition & { sortKey: string },
  { from, through, descending, limit, after, filter }: PageRequest,
): Promise<{ rows: Row[]; more: boolean }> {
  const [name, value] = partition.key;
  const { sortKey } = partition;
  const at = after?.[sortKey];
  if (at !== undefined && (at < (from ?? at) || at > (through ?? at))) {
    throw new CursorError('lies outside from and to');
  }
  if (from !== undefined && through !== undefined && from > through) return { rows: [], more: false };
  const input: QueryCommandInput = {
    ...sourceOf(partition),
    KeyConditionExpression: ['#partition = :partition', ...rangeConditions(from, through)].join(' AND '),
    ExpressionAttributeNames: {
      '#partition': name,
      ...(from === undefined && through === undefined ? {} : { '#sort': sortKey }),
    },
    ExpressionAttributeValues: marshall(
      { ':partition': value, ':from': from, ':through': through },
      { removeUndefinedValues: true },
    ),
    ScanIndexForward: !descending,
  };
  const rows: Row[] = [];
  let start: Record<string, AttributeValue> | undefined = after && marshall(after);
  do {
    const answer = await dynamodb.send(
      new QueryCommand({
        ...input,
        Limit: filter ? FILTERED_ROWS : limit + 1 - rows.length,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of answer.Items ?? []) {
      const row = unmarshall(item, AS_DOUBLES);
      if (filter === undefined || filter(row)) rows.push(row);
    }
    start = answer.LastEvaluatedKey;
  } while (start !== undefined && rows.length <= limit);
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

/** Reads all rows of a partition, or those whose sort key starts with `prefix`. */
export async function queryAll(dynamodb: DynamoDBClient, partition: Partition, prefix = ''): Promise<Row[]> {
  const [name, value] = partition.key;
  const { sortKey } = partition;
  const begins = prefix !== '' && sortKey !== undefined;
  const pages = paginateQuery(
    { client: dynamodb },
    {
      ...sourceOf(partition),
      KeyConditionExpression: `#partition = :partition${begins ? ' AND begins_with(#sort, :prefix)' : ''}`,
      ExpressionAttributeNames: { '#partition': name, ...(begins ? { '#sort': sortKey } : {}) },
      ExpressionAttributeValues: marshall({ ':partition': value, ...(begins ? { ':prefix': prefix } : {}) }),
    },
  );
  const rows: Row[] = [];
  for await (const { Items = [] } of pages) for (const item of Items) rows.push(unmarshall(item, AS_DOUBLES));
  return rows;
}

function sourceOf({ tableName, indexName }: Partition) {
  return indexName === undefined
    ? { TableName: tableName, ConsistentRead: true }
    : { TableName: tableName, IndexName: indexName };
}

function rangeConditions(from: string | undefined, through: string | undefined): string[] {
  if (from !== undefined && through !== undefined) return ['#sort BETWEEN :from AND :through'];
  if (from !== undefined) return ['#sort >= :from'];
  return through === undefined ? [] : ['#sort <= :through'];
}
