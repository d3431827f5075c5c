import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { inLanes } from '@swipegate/aws/in-lanes';
import { queryPages } from '@swipegate/aws/query-pages';
import { INDEXES } from '@swipegate/contract';
import type { Person } from './person.js';
import type { Tally } from './tally.js';

const LANES = 16;

/**
 * Takes whose card it was from the person's decisions. The decision stays: what a door did, and how often, is as true as
 * before. Rejects with what the SDK rejects with.
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

/** @returns false where the row has none any more, or is gone: the index follows a moment later */
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
