import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { type Row, rowOf } from './attributes.js';

const ROWS_A_PAGE = 500;

/** Yields all rows of a table, page by page, strongly consistent, in no order. Rejects with the error of the SDK. */
export async function* scanPages(dynamodb: DynamoDBClient, tableName: string): AsyncGenerator<Row[]> {
  const pages = paginateScan(
    { client: dynamodb, pageSize: ROWS_A_PAGE },
    { TableName: tableName, ConsistentRead: true },
  );
  for await (const { Items = [] } of pages) yield Items.map(rowOf);
}
