import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { scanPages } from '@swipegate/aws/pages';
import { CHECK_TENANT, compile, Decision, decisionOfRow, jsonIn, SwipeMessage, tenantKey } from '@swipegate/contract';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import { streams, tables } from '../../resources.js';

/** Covers all clients. */
export interface Audit {
  /** Distinct swipes on the `swipes` stream. */
  swipes: number;
  /** Swipes with a decision in the table. */
  decided: number;
  granted: Record<string, number>;
  denied: Record<string, number>;
  /** Swipes that arrived too late to open a door, recorded as history. */
  recorded: Record<string, number>;
  /** Swipes without a decision. */
  lost: number;
  /** Swipes with two different decisions on the `decisions` stream. */
  duplicated: number;
  /** Swipes whose published decision differs from the one in the table. */
  wrong: number;
}

const isSwipeMessage = compile(SwipeMessage);
const isDecision = compile(Decision);

/** Fields by which two decisions of the same swipe are compared. */
type Verdict = Pick<Decision, 'outcome' | 'reason' | 'decidedAt'>;

/** Compares both streams with the decisions table. Call it only when they are idle: swipes in flight count as lost. */
export async function audit(kinesis: KinesisClient, dynamodb: DynamoDBClient): Promise<Audit> {
  const swipes = new Set<string>();
  for await (const value of documents(kinesis, streams.swipes.name)) {
    if (isSwipeMessage(value) && value.tenantId !== CHECK_TENANT) swipes.add(swipeKey(value));
  }
  const table = await decisionsInTable(dynamodb);
  const verdicts = Array.from(swipes).flatMap((key) => table.get(key) ?? []);
  const reasons: Record<Decision['outcome'], Record<string, number>> = { granted: {}, denied: {}, recorded: {} };
  for (const { outcome, reason } of verdicts) reasons[outcome][reason] = (reasons[outcome][reason] ?? 0) + 1;

  const published = new Map<string, Verdict>();
  const duplicated = new Set<string>();
  const wrong = new Set<string>();
  for await (const value of documents(kinesis, streams.decisions.name)) {
    if (!isDecision(value) || value.tenantId === CHECK_TENANT) continue;
    const key = swipeKey(value);
    const first = published.get(key);
    if (first === undefined) published.set(key, verdictOf(value));
    else if (!same(first, value)) duplicated.add(key);
    const stored = table.get(key);
    if (stored === undefined || !same(stored, value)) wrong.add(key);
  }
  return {
    swipes: swipes.size,
    decided: verdicts.length,
    ...reasons,
    lost: swipes.size - verdicts.length,
    duplicated: duplicated.size,
    wrong: wrong.size,
  };
}

/** Includes the card: the same swipeId used for two cards means two swipes. */
function swipeKey({ tenantId, swipeId, cardId }: { tenantId: string; swipeId: string; cardId: string }): string {
  return `${tenantKey(tenantId, swipeId)}/${cardId}`;
}

function verdictOf({ outcome, reason, decidedAt }: Verdict): Verdict {
  return { outcome, reason, decidedAt };
}

function same(a: Verdict, b: Verdict): boolean {
  return a.outcome === b.outcome && a.reason === b.reason && a.decidedAt === b.decidedAt;
}

/** Yields every JSON document on a stream, shard by shard. */
async function* documents(kinesis: KinesisClient, StreamName: string): AsyncGenerator<unknown> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  for (const { ShardId } of Shards) {
    const first = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    let ShardIterator = first.ShardIterator;
    while (ShardIterator !== undefined) {
      // Aggregated records are up to 1 MB each, and the emulator does not enforce AWS's limit of 10 MB per answer.
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 500 }));
      for (const { Data, PartitionKey = '' } of page.Records ?? []) {
        if (Data === undefined) continue;
        for (const { data } of deaggregate(Data, PartitionKey)) yield jsonIn(data);
      }
      // On AWS an empty page does not mean the end; MillisBehindLatest must be 0 as well.
      const atEnd = (page.Records?.length ?? 0) === 0 && (page.MillisBehindLatest ?? 0) === 0;
      ShardIterator = atEnd ? undefined : page.NextShardIterator;
    }
  }
}

async function decisionsInTable(dynamodb: DynamoDBClient): Promise<Map<string, Verdict>> {
  const found = new Map<string, Verdict>();
  for await (const rows of scanPages(dynamodb, tables.decisions.name)) {
    const decisions = rows.flatMap((row) => decisionOfRow(row) ?? []);
    for (const decision of decisions) found.set(swipeKey(decision), verdictOf(decision));
  }
  return found;
}
