import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { putRecords } from '@swipegate/aws/put-records';
import { type Decision, decisionJson, tenantKey } from '@swipegate/contract';
import { aggregate } from 'kinesis-producer-lite/aggregate';

export type DecisionJson = (decision: Decision) => string;

/** Serializes each decision once: the card's outbox and, milliseconds later, the stream need the same JSON. */
export function jsonOnce(): DecisionJson {
  const made = new Map<Decision, string>();
  return (decision) => {
    const known = made.get(decision);
    if (known !== undefined) return known;
    const json = decisionJson(decision);
    made.set(decision, json);
    return json;
  };
}

/** About 50 KB of decisions: two PUT payload units. 20 such records use up a shard's 1 MB/s. */
export const DECISIONS_PER_RECORD = 80;
/** Buffer size per decision; most are shorter. */
const EXPECTED_BYTES = 700;
/** About 4 MB. The limit is in https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html. */
const RECORDS_PER_CALL = 80;

export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code = 'DECISIONS_NOT_PUBLISHED';
}

/**
 * Puts decisions on the `decisions` stream in the KPL's aggregated format, because a shard takes only 1,000 records a
 * second. A record has the partition key of its first decision: every gateway reads every shard.
 * @throws {PublishError} when the stream still refuses records after all retries, and what the SDK throws
 */
export async function publish(
  kinesis: KinesisClient,
  streamName: string,
  decisions: readonly Decision[],
  json: DecisionJson = decisionJson,
): Promise<void> {
  for (const piece of piecesOf(piecesOf(decisions, DECISIONS_PER_RECORD), RECORDS_PER_CALL)) {
    const records = piece.map((decisions) => recordOf(decisions, json));
    const refused = await putRecords(kinesis, streamName, records);
    if (refused.length > 0) throw new PublishError(`The stream refused ${refused.length} records after all retries`);
  }
}

function recordOf(decisions: readonly Decision[], json: DecisionJson) {
  const [first] = decisions;
  const partitionKey = first === undefined ? '' : tenantKey(first.tenantId, first.readerId);
  const records = decisions.map((decision) => ({ partitionKey, data: json(decision) }));
  return { PartitionKey: partitionKey, Data: aggregate(records, decisions.length * EXPECTED_BYTES) };
}
