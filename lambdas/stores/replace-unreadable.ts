import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, isNumber, itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';

/** A stored row that does not match the schema that this code writes. */
export interface UnreadableRow {
  /** For the operator: which row, and what happens to it. */
  reason: string;
  /** Replaces the row by what could be read of it. Absent if another program owns the row. */
  heal?(): Promise<unknown>;
}

/**
 * Replaces members of a row that cannot be read, unless another write came first. Every write leaves a number as the
 * version. If the version found has another type, it is therefore enough to compare the type. Other members stay as they
 * are. @param values undefined removes a member
 * @throws what the SDK throws
 */
export async function replaceUnreadable(
  dynamodb: DynamoDBClient,
  tableName: string,
  { key, found: { version }, values }: { key: Row; found: Row; values: Row },
): Promise<void> {
  const members = Object.entries(values);
  const set = members.flatMap(([, value], i) => (value === undefined ? [] : [`#m${i} = :m${i}`]));
  const removed = members.flatMap(([, value], i) => (value === undefined ? [`#m${i}`] : []));
  const condition = conditionOn(version);
  await isWritten(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf(key),
        UpdateExpression: `SET ${set.join(', ')}${removed.length === 0 ? '' : ` REMOVE ${removed.join(', ')}`}`,
        ConditionExpression: condition.text,
        ExpressionAttributeNames: Object.fromEntries([
          ['#version', 'version'],
          ...members.map(([name], i) => [`#m${i}`, name]),
        ]),
        ExpressionAttributeValues: itemOf({
          ...condition.values,
          ...Object.fromEntries(members.map(([, value], i) => [`:m${i}`, value])),
        }),
      }),
    ),
  );
}

function conditionOn(version: unknown): { text: string; values: Row } {
  if (version === undefined) return { text: 'attribute_not_exists(#version)', values: {} };
  if (isNumber(version)) return { text: '#version = :version', values: { ':version': version } };
  const [type] = Object.keys(attributeOf(version));
  return { text: 'attribute_type(#version, :type)', values: { ':type': type } };
}
