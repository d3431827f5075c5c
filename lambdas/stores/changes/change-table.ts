import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { type Change, keyInstant, subjectOf, tenantKey } from '@swipegate/contract';

/** Members that every row of the changes table has. Each later step of a change adds its own. */
export function changeRow(change: Change): Row {
  const { tenantId, changeId } = change;
  const { cardId, employeeId } = subjectOf(change.content);
  return {
    change: JSON.stringify(change),
    tenantId,
    requestedKey: `${keyInstant(change.requestedAt)}#${changeId}`,
    ...(cardId === undefined ? {} : { cardKey: tenantKey(tenantId, cardId) }),
    ...(employeeId === undefined ? {} : { employeeKey: tenantKey(tenantId, employeeId) }),
  };
}

/**
 * Adds members to a change's row. Creates the row if needed, because steps may be written in any order. Rejects with
 * the error of the SDK.
 * @param unless name of a member; nothing is written, and false returned, if the row already has it
 */
export async function addToChange(
  dynamodb: DynamoDBClient,
  tableName: string,
  change: Pick<Change, 'tenantId' | 'changeId'>,
  members: Row,
  unless?: string,
): Promise<boolean> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return isWritten(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf({ changeKey: tenantKey(change.tenantId, change.changeId) }),
        UpdateExpression: `SET ${entries.map((_, i) => `#m${i} = :m${i}`).join(', ')}`,
        ExpressionAttributeNames: {
          ...Object.fromEntries(entries.map(([name], i) => [`#m${i}`, name])),
          ...(unless === undefined ? {} : { '#unless': unless }),
        },
        ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], i) => [`:m${i}`, attributeOf(value)])),
        ...(unless === undefined ? {} : { ConditionExpression: 'attribute_not_exists(#unless)' }),
      }),
    ),
  );
}
