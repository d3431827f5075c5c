import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { keyInstant, tenantKey } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';

export interface ForgivenessRequest {
  cardId: string;
  /** Key of the operator who forgives; stored in the row. */
  keyId: string;
  nowMs: number;
}

/** @returns the time from which entries count again (RFC 3339); undefined if the card has no presence row */
export type ForgivePassbackWrite = (tenantId: string, request: ForgivenessRequest) => Promise<string | undefined>;

/** A card's row changes with its swipes, so two conflicts in a row are rare. */
const ATTEMPTS = 10;
const NAMES = { '#version': 'version', '#forgivenAt': 'forgivenAt', '#forgivenBy': 'forgivenBy' };

export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'OVERTAKEN';
}

/**
 * Forgives a card's entries up to now. It increments the row's version, so a decision in progress is made again with
 * the forgiven row. Rejects with {@link OvertakenError} when a swipe got ahead of each attempt, or the SDK's error.
 */
export function passbackForgiveness(dynamodb: DynamoDBClient, tableName: string): ForgivePassbackWrite {
  return async (tenantId, { cardId, keyId, nowMs }) => {
    const key = marshall({ cardKey: tenantKey(tenantId, cardId) });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const row: Row = rowOf(Item);
      // An entry may lie in the future if the reader's clock is fast; it must be forgiven too.
      const forgivenAt = keyInstant(Math.max(nowMs, enteredMs(row) ?? nowMs));
      const version: unknown = row['version'];
      try {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key,
            UpdateExpression: 'SET #version = :next, #forgivenAt = :forgivenAt, #forgivenBy = :forgivenBy',
            ConditionExpression: version === undefined ? 'attribute_not_exists(#version)' : '#version = :version',
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: marshall(
              {
                ':version': version,
                // If the version cannot be incremented, the next swipe heals the row.
                ':next': Number.isSafeInteger(version) && version !== Number.MAX_SAFE_INTEGER ? Number(version) + 1 : 1,
                ':forgivenAt': forgivenAt,
                ':forgivenBy': keyId,
              },
              { removeUndefinedValues: true },
            ),
          }),
        );
        return forgivenAt;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    }
    throw new OvertakenError(`Swipes of the card changed its row during each of ${ATTEMPTS} attempts.`);
  };
}

/** Returns the time of entry on the clock that the rules used, ms since the epoch; undefined outdoors. */
function enteredMs({ inside }: Row): number | undefined {
  if (typeof inside !== 'object' || inside === null || !('since' in inside)) return undefined;
  const ms = Date.parse(String(inside.since));
  return Number.isNaN(ms) ? undefined : ms;
}
