import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';

/** A stored row that does not match the schema that this code writes. */
export interface UnreadableRow {
  /** For the operator: which row, and what happens to it. */
  reason: string;
  /** Replaces the row by what could be read of it. Absent if another program owns the row. */
  heal?(): Promise<unknown>;
}

/**
 * Replaces members of a row that cannot be read, unless another write came first. The condition compares the version
 * as found, whatever its type. @param values undefined removes a member @throws what the SDK throws
 */
export async function replaceUnreadable(
  dynamodb: DynamoDBClient,
  tableName: string,
  { found, values }: { found: Row; values: Row },
): Promise<void> {
  const { version } = found;
  const isMissing = version === undefined;
  await isWritten(
    dynamodb.send(
      new PutItemCommand({
        TableName: tableName,
        Item: itemOf({ ...found, ...values }),
        ConditionExpression: isMissing ? 'attribute_not_exists(#version)' : '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ...(isMissing ? {} : { ExpressionAttributeValues: { ':version': attributeOf(version) } }),
      }),
    ),
  );
}
