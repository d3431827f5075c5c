import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { scanPages } from '@swipegate/aws/pages';
import { compile, Decision, decisionOfRow, jsonIn, SwipeMessage, tenantKey } from '@swipegate/contract';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import { streams, tables } from '../../resources.js';

/** Result of reading the streams and the decisions table; covers all clients. */
export interface Audit {
  /** Distinct swipes on the `swipes` stream. */
  swipes: number;
  /** Those of the swipes that have a decision in the table. */
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
interface Verdict {
  outcome: Decision['outcome'];
  reason: Decision['reason'];
  decidedAt: string;
}

/**
 * Reads the swipes and decisions streams from the beginning and the whole decisions table, and compares them. Run it only
 * when the streams are idle: swipes in flight count as lost.
 */
export async function audit(kinesis: KinesisClient, dynamodb: DynamoDBClient): Promise<Audit> {
  const swipes = new Set<string>();
  for await (const value of documents(kinesis, streams.swipes.name)) {
    if (isSwipeMessage(value)) swipes.add(swipeKey(value));
  }
  const table = await decisionsInTable(dynamodb);
  const result: Audit = {
    swipes: swipes.size,
    decided: 0,
    granted: {},
    denied: {},
    recorded: {},
    lost: 0,
    duplicated: 0,
    wrong: 0,
  };
  for (const key of swipes) {
    const verdict = table.get(key);
    if (verdict === undefined) {
      result.lost += 1;
      continue;
    }
    result.decided += 1;
    const reasons = result[verdict.outcome];
    reasons[verdict.reason] = (reasons[verdict.reason] ?? 0) + 1;
  }

  const published = new Map<string, Verdict>();
  const duplicated = new Set<string>();
  const wrong = new Set<string>();
  for await (const value of documents(kinesis, streams.decisions.name)) {
    if (!isDecision(value)) continue;
    const key = swipeKey(value);
    const first = published.get(key);
    if (first === undefined) published.set(key, verdictOf(value));
    else if (!same(first, value)) duplicated.add(key);
    const stored = table.get(key);
    if (stored === undefined || !same(stored, value)) wrong.add(key);
  }
  return { ...result, duplicated: duplicated.size, wrong: wrong.size };
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
    for (const row of rows) {
      const decision = decisionOfRow(row);
      if (decision !== undefined) found.set(swipeKey(decision), verdictOf(decision));
    }
  }
  return found;
}
