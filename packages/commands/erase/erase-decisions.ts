import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { inLanes } from '@swipegate/aws/in-lanes';
import { queryPages } from '@swipegate/aws/query-pages';
import { INDEXES } from '@swipegate/contract';
import type { Person } from './person.js';
import type { Tally } from './tally.js';

const LANES = 16;

/**
 * Removes the cardholder from the decisions of the person. The decisions stay: they remain the record of what a door
 * did, and how often. Rejects with the error of the SDK.
 */
export async function eraseDecisions(
  dynamodb: DynamoDBClient,
  { tableName, person, dryRun }: { tableName: string; person: Person; dryRun: boolean },
): Promise<Tally> {
  const tally: Tally = { read: 0, erased: 0, removed: 0 };
  const theirs = {
    tableName,
    indexName: INDEXES.decisions.byEmployee,
    key: ['employeeKey', person.employeeKey] as const,
    members: ['swipeKey', 'cardId'],
  };
  for await (const page of queryPages(dynamodb, theirs)) {
    tally.read += page.length;
    await inLanes(page, LANES, async (row) => {
      if (dryRun || (await takeHolder(dynamodb, { tableName, row, person }))) tally.erased += 1;
    });
  }
  return tally;
}

/** @returns false when the row has no holder or no longer exists: the index lags behind the table */
async function takeHolder(
  dynamodb: DynamoDBClient,
  { tableName, row: { swipeKey, cardId }, person }: { tableName: string; row: Row; person: Person },
): Promise<boolean> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf({ swipeKey, cardId }),
        UpdateExpression: 'REMOVE employeeKey',
        ConditionExpression: 'employeeKey = :employeeKey',
        ExpressionAttributeValues: { ':employeeKey': attributeOf(person.employeeKey) },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
