import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { type Change, tenantKey } from '@swipegate/contract';
import { HOLDS } from '@swipegate/contract/back-office/holds';

/** A block on a row, from its acceptance until its turn. */
export interface Hold {
  table: 'cards' | 'employees';
  key: Readonly<Record<string, string>>;
  /** Member of the set: `ACTION changeId`. */
  hold: string;
}

const DEACTIVATE = 'deactivate';

/** Returns the hold of a change that blocks a card or a cardholder; undefined for any other change. */
export function holdOf({ changeId, tenantId, content }: Change): Hold | undefined {
  switch (content.type) {
    case 'change-card':
      return content.action === 'reactivate'
        ? undefined
        : {
            table: 'cards',
            key: { cardKey: tenantKey(tenantId, content.cardId) },
            hold: `${content.action} ${changeId}`,
          };
    case 'set-employee':
      return content.employee.active ? undefined : deactivation(tenantId, content.employee.employeeId, changeId);
    case 'erase-employee':
    case 'check-out-visit':
      return deactivation(tenantId, content.employeeId, changeId);
    default:
      return undefined;
  }
}

function deactivation(tenantId: string, employeeId: string, changeId: string): Hold {
  return {
    table: 'employees',
    key: { employeeKey: tenantKey(tenantId, employeeId) },
    hold: `${DEACTIVATE} ${changeId}`,
  };
}

/** Adds a hold to its row, and creates the row if needed. @throws what the SDK throws */
export async function addHold(dynamodb: DynamoDBClient, tableName: string, { key, hold }: Hold): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: itemOf(key),
      UpdateExpression: 'ADD #holds :holds',
      ExpressionAttributeNames: { '#holds': HOLDS },
      ExpressionAttributeValues: { ':holds': { SS: [hold] } },
    }),
  );
}

/** Removes a hold, if it is there. @throws what the SDK throws */
export async function removeHold(
  dynamodb: DynamoDBClient,
  tableName: string,
  { key, hold }: Pick<Hold, 'key' | 'hold'>,
): Promise<void> {
  await isWritten(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf(key),
        UpdateExpression: 'DELETE #holds :holds',
        // Otherwise DynamoDB would create the row.
        ConditionExpression: 'attribute_exists(#holds)',
        ExpressionAttributeNames: { '#holds': HOLDS },
        ExpressionAttributeValues: { ':holds': { SS: [hold] } },
      }),
    ),
  );
}
