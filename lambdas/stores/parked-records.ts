import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { untilProcessed } from '@swipegate/aws/backoff';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { isParkedRecord, type ParkedRecord } from './parking/parked-record.js';

/** DynamoDB's limit of rows per call. */
const ROWS_PER_DELETE = 25;

/** The table of parked records, as redrive uses it. Reads are strongly consistent. */
export class ParkedRecords {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /** Shards with parked records. Children of a reshard come after their parent, because their number is higher. */
  async shardKeys(): Promise<string[]> {
    const found = new Set<string>();
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#dynamodb.send(
        new ScanCommand({
          TableName: this.#tableName,
          ProjectionExpression: 'shardKey',
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) found.add(String(unmarshall(item)['shardKey']));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return Array.from(found).sort();
  }

  /**
   * Yields the records of a shard in stream order, in pages that fit one Kinesis call: at most 1 MB and 500 rows.
   * Records parked after the start are left out, so that a redrive ends even if records are parked again. Rows in
   * another format are skipped.
   */
  async *pages(shardKey: string): AsyncGenerator<ParkedRecord[]> {
    const last = await this.#query(shardKey, { ScanIndexForward: false, Limit: 1 });
    const until: unknown = last.Items?.[0] && unmarshall(last.Items[0])['sequence'];
    if (typeof until !== 'string') return;
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#query(shardKey, { until, from, Limit: 500 });
      const rows: unknown[] = (page.Items ?? []).map((item) => unmarshall(item));
      yield rows.filter((row) => isParkedRecord(row));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async delete(records: readonly ParkedRecord[]): Promise<void> {
    for (const piece of piecesOf(records, ROWS_PER_DELETE)) {
      const keys = piece.map(({ shardKey, sequence }) => marshall({ shardKey, sequence }));
      await untilProcessed(keys, async (keys) => {
        const answer = await this.#dynamodb.send(
          new BatchWriteItemCommand({
            RequestItems: { [this.#tableName]: keys.map((Key) => ({ DeleteRequest: { Key } })) },
          }),
        );
        const left = (answer.UnprocessedItems?.[this.#tableName] ?? []).flatMap(({ DeleteRequest }) =>
          DeleteRequest?.Key === undefined ? [] : [DeleteRequest.Key],
        );
        return left.length === 0 ? undefined : left;
      });
    }
  }

  #query(
    shardKey: string,
    options: {
      until?: string;
      from?: Record<string, AttributeValue> | undefined;
      Limit: number;
      ScanIndexForward?: boolean;
    },
  ) {
    const { until, from, ...rest } = options;
    return this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: `shardKey = :shardKey${until === undefined ? '' : ' AND #sequence <= :until'}`,
        ...(until === undefined ? {} : { ExpressionAttributeNames: { '#sequence': 'sequence' } }),
        ExpressionAttributeValues: marshall({
          ':shardKey': shardKey,
          ...(until === undefined ? {} : { ':until': until }),
        }),
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        ...rest,
      }),
    );
  }
}
