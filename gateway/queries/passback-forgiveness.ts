import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { tenantKey } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';

export interface ForgivenessRequest {
  cardId: string;
  /** Who forgives; the row keeps it. */
  keyId: string;
  nowMs: number;
}

/** @returns from when on entries count again (RFC 3339); undefined: nothing is known of where this card is */
export type ForgivePassbackWrite = (tenantId: string, request: ForgivenessRequest) => Promise<string | undefined>;

/** A card's row changes with its swipes, so seldom twice in the time of one write. */
const ATTEMPTS = 10;

export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'OVERTAKEN';
}

/**
 * Forgives a card's entries up to now. The write counts as one more version of the row, so that a decision being made by
 * the row before it is refused and made anew, as one by the forgiven row.
 *
 * Rejects with an {@link OvertakenError} when swipes of the card came before each attempt, or with what the SDK throws.
 */
export function passbackForgiveness(dynamodb: DynamoDBClient, tableName: string): ForgivePassbackWrite {
  return async (tenantId, { cardId, keyId, nowMs }) => {
    const key = marshall({ cardKey: tenantKey(tenantId, cardId) });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const row: Row = unmarshall(Item);
      // An entry by the clock of a reader that is fast must be forgiven too.
      const forgivenAt = new Date(Math.max(nowMs, enteredMs(row) ?? nowMs)).toISOString();
      try {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key,
            UpdateExpression: 'SET #version = :next, #forgivenAt = :forgivenAt, #forgivenBy = :forgivenBy',
            ConditionExpression: '#version = :version',
            ExpressionAttributeNames: {
              '#version': 'version',
              '#forgivenAt': 'forgivenAt',
              '#forgivenBy': 'forgivenBy',
            },
            ExpressionAttributeValues: marshall({
              ':version': row['version'],
              ':next': Number(row['version']) + 1,
              ':forgivenAt': forgivenAt,
              ':forgivenBy': keyId,
            }),
          }),
        );
        return forgivenAt;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    }
    throw new OvertakenError(`Swipes of the card came before each of ${ATTEMPTS} attempts.`);
  };
}

/** When the holder entered, by the clock of the rules; undefined outdoors. */
function enteredMs({ inside }: Row): number | undefined {
  if (typeof inside !== 'object' || inside === null || !('since' in inside)) return undefined;
  const ms = Date.parse(String(inside.since));
  return Number.isNaN(ms) ? undefined : ms;
}
