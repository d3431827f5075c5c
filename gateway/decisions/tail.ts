import { setTimeout as delay } from 'node:timers/promises';
import {
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { signalWithin } from '@swipegate/aws/signal-within';
import { compile, Decision } from '@swipegate/contract';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import type { Logger } from 'pino';

/** Follows the `decisions` stream from now on; earlier decisions are in the table. */
export interface Tail {
  /** False while a shard cannot be read. */
  readonly healthy: boolean;
  /** Upper bound of the age of unread decisions on the stream, ms. */
  readonly behindMs: number;
  stop(): Promise<void>;
}

export interface TailOptions {
  kinesis: KinesisClient;
  streamName: string;
  onDecisions(decisions: readonly Decision[]): void;
  logger: Logger;
  /** Ends the start. */
  signal?: AbortSignal;
}

const isDecision = compile(Decision);
const EMPTY = new Uint8Array();

/** Returns the decisions in Kinesis records. Logs and skips anything else. */
export function decisionsIn(records: readonly KinesisRecord[], logger: Pick<Logger, 'error'>): Decision[] {
  return records.flatMap(({ Data = EMPTY, PartitionKey = '' }) =>
    deaggregate(Data, PartitionKey).flatMap(({ data }) => decisionIn(data, logger)),
  );
}

function decisionIn(data: Uint8Array, logger: Pick<Logger, 'error'>): Decision[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
    if (isDecision(value)) return [value];
    logger.error({ errors: isDecision.errors }, 'a record on the decisions stream is not a valid decision');
  } catch (error) {
    logger.error({ err: error }, 'a record on the decisions stream is not JSON');
  }
  return [];
}

/** Longest call of Kinesis, ms. The client of subscriptions has no timeout of its own. */
export const CALL_MS = 5_000;

/** Ends a call at `signal`, or after {@link CALL_MS}. */
export function within(signal: AbortSignal | undefined): { abortSignal: AbortSignal } {
  return { abortSignal: signalWithin(CALL_MS, signal) };
}

/** Returns every shard of a stream, including closed ones that still hold records. */
export async function listShards(
  kinesis: KinesisClient,
  streamName: string,
  signal: AbortSignal | undefined,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    const page = await kinesis.send(
      new ListShardsCommand(next === undefined ? { StreamName: streamName } : { NextToken: next }),
      within(signal),
    );
    shards.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return shards;
}

export function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber === undefined;
}

/** Waits, ms. Never rejects: resolves early when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await delay(ms, undefined, signal && { signal }).catch(() => undefined);
}
