import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { attributeOf, type Row, rowOf } from './attributes.js';

export interface IndexQuery {
  tableName: string;
  indexName: string;
  /** Attribute and value of the index's partition key. */
  key: readonly [name: string, value: string];
  /** Attributes to return, such as the keys of the table. */
  members: readonly string[];
}

/**
 * Yields the rows of one partition of an index, page by page, in the index's order. Rejects with the error of the
 * SDK.
 */
export async function* queryPages(
  dynamodb: DynamoDBClient,
  { tableName, indexName, key: [name, value], members }: IndexQuery,
): AsyncGenerator<Row[]> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: tableName,
      IndexName: indexName,
      KeyConditionExpression: '#partition = :partition',
      ProjectionExpression: members.map((_, i) => `#m${i}`).join(', '),
      ExpressionAttributeNames: {
        '#partition': name,
        ...Object.fromEntries(members.map((member, i) => [`#m${i}`, member])),
      },
      ExpressionAttributeValues: { ':partition': attributeOf(value) },
    },
  );
  for await (const { Items = [] } of pages) yield Items.map(rowOf);
}
