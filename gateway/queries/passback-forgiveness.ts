import { setTimeout as delay } from 'node:timers/promises';
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Item, rowOf } from '@swipegate/aws/attributes';
import { fullJitter } from '@swipegate/aws/backoff';
import { isWritten } from '@swipegate/aws/batch-write-if';
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

/** Only swipes that move the card conflict, so two conflicts in a row are rare. */
const ATTEMPTS = 10;
/** Half of the longest pause after the first conflict, and the longest pause, ms. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [5, 200];

/** Swipes moved the card during each attempt. Its message tells the user what to do. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'OVERTAKEN';
}

/**
 * Forgives a card's entries up to now. It increments the row's version, so a decision in progress is made again with
 * the forgiven row. Several forgive at once without a conflict: each adds to the version, and the latest time stays.
 * Rejects with {@link OvertakenError}, or the SDK's error.
 */
export function passbackForgiveness(dynamodb: DynamoDBClient, tableName: string): ForgivePassbackWrite {
  return async (tenantId, { cardId, keyId, nowMs }) => {
    const key = marshall({ cardKey: tenantKey(tenantId, cardId) });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await delay(fullJitter(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const row: Row = rowOf(Item);
      // An entry may lie in the future if the reader's clock is fast; it must be forgiven too.
      const forgivenAt = keyInstant(Math.max(nowMs, enteredMs(row) ?? nowMs));
      const { forgivenAt: already } = row;
      if (typeof already === 'string' && Date.parse(already) > Date.parse(forgivenAt)) return already;
      if (await isWritten(dynamodb.send(update(tableName, key, Item, { forgivenAt, forgivenBy: keyId })))) {
        return forgivenAt;
      }
    }
    throw new OvertakenError(
      `Swipes moved the card during each of ${ATTEMPTS} attempts. Nothing was forgiven. Send the request again.`,
    );
  };
}

/** Writes only if the card is where it was, and nobody has forgiven a later time. */
function update(
  TableName: string,
  Key: Item,
  item: Item,
  { forgivenAt, forgivenBy }: { forgivenAt: string; forgivenBy: string },
): UpdateItemCommand {
  const { version, inside } = item;
  const since = inside?.M?.['since'];
  // A version that cannot be counted on is part of a row that the next swipe heals.
  const count = Number(version?.N);
  const isCounted = Number.isSafeInteger(count) && count < Number.MAX_SAFE_INTEGER;
  const sameVersion = version === undefined ? 'attribute_not_exists(#version)' : '#version = :version';
  const conditions = [
    'attribute_exists(cardKey)',
    since === undefined ? 'attribute_not_exists(#inside.#since)' : '#inside.#since = :since',
    isCounted ? 'attribute_type(#version, :number)' : sameVersion,
    '(attribute_not_exists(#forgivenAt) OR #forgivenAt <= :forgivenAt OR NOT attribute_type(#forgivenAt, :text))',
  ];
  const counted = isCounted ? '#version + :one' : ':one';
  return new UpdateItemCommand({
    TableName,
    Key,
    UpdateExpression: `SET #version = ${counted}, #forgivenAt = :forgivenAt, #forgivenBy = :forgivenBy`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: {
      '#version': 'version',
      '#inside': 'inside',
      '#since': 'since',
      '#forgivenAt': 'forgivenAt',
      '#forgivenBy': 'forgivenBy',
    },
    ExpressionAttributeValues: {
      ':one': { N: '1' },
      ':text': { S: 'S' },
      ':forgivenAt': { S: forgivenAt },
      ':forgivenBy': { S: forgivenBy },
      ...(isCounted ? { ':number': { S: 'N' } } : version && { ':version': version }),
      ...(since && { ':since': since }),
    },
  });
}

/** Returns the time of entry on the clock that the rules used, ms since the epoch; undefined outdoors. */
function enteredMs({ inside }: Row): number | undefined {
  if (typeof inside !== 'object' || inside === null || !('since' in inside)) return undefined;
  const ms = Date.parse(String(inside.since));
  return Number.isNaN(ms) ? undefined : ms;
}
