import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { type Row, rowOf } from './attributes.js';

const ROWS_A_PAGE = 500;

/** All rows of a table, a page at a time, strongly consistent, in no order. Rejects with what the SDK rejects with. */
export async function* scanPages(dynamodb: DynamoDBClient, tableName: string): AsyncGenerator<Row[]> {
  const pages = paginateScan(
    { client: dynamodb, pageSize: ROWS_A_PAGE },
    { TableName: tableName, ConsistentRead: true },
  );
  for await (const { Items = [] } of pages) yield Items.map(rowOf);
}
