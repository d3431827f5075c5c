import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Row, rowOf } from '../dynamodb/attributes.js';

const ROWS_A_PAGE = 500;

/** All rows of a table, a page at a time, strongly consistent, in no order. Rejects with what the SDK rejects with. */
export async function* scanPages(dynamodb: DynamoDBClient, tableName: string): AsyncGenerator<Row[]> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName: tableName,
        Limit: ROWS_A_PAGE,
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    yield (page.Items ?? []).map(rowOf);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
