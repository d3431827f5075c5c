import { workerData } from 'node:worker_threads';
import { DescribeStreamSummaryCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { messageOf } from '../api/errors.js';
import type { KinesisConnection } from '../api/options.js';
import type { Shard } from '../api/shard-map.js';
import { BodyMemory, putRecordsBody } from './put-records-body.js';
import { PutRecordsCalls } from './put-records-calls.js';
import { causeOfCode, causeOfError, streamErrorCode } from './retry.js';
import type { Listing, Outcome, PutRecordsTask, StreamSummary, StreamTask } from './transport.js';

const connection: KinesisConnection = workerData;

const AGENT = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

const client = new KinesisClient({
  region: connection.region,
  // The producer retries. The SDK would repeat the whole call, and duplicate the records of a partial success.
  maxAttempts: 1,
  ...(connection.endpoint === undefined ? {} : { endpoint: connection.endpoint }),
  ...(connection.credentials === undefined ? {} : { credentials: connection.credentials }),
  // HTTP/1.1 with kept connections. The SDK's default for Kinesis is HTTP/2 with a new TLS connection for each call:
  // three times the CPU, a round trip or two more, and no emulator over plain HTTP. One call a shard is in flight.
  requestHandler: new NodeHttpHandler({ httpAgent: AGENT, httpsAgent: AGENT }),
});

const memory = new BodyMemory();
const calls = new PutRecordsCalls(client);

/** Sends one call. Never rejects: a failed call is reported as a failure of each record. */
export async function putRecords({ streamName, timeoutMs, records }: PutRecordsTask): Promise<Outcome[]> {
  try {
    // Must precede the first await: after this thread answers, the producer reuses the memory.
    const body = putRecordsBody(streamName, records, memory);
    const output = await within(timeoutMs, (abortSignal) => calls.send(streamName, body, abortSignal));
    memory.giveBack(body);
    return records.map((_, i): Outcome => {
      const result = output.Records?.[i];
      if (result?.ShardId && result.SequenceNumber) {
        return { stored: true, shardId: result.ShardId, sequenceNumber: result.SequenceNumber };
      }
      const code = result?.ErrorCode ?? 'NoResult';
      return { stored: false, cause: causeOfCode(code), message: `${code}: ${result?.ErrorMessage ?? ''}` };
    });
  } catch (error) {
    const outcome: Outcome = { stored: false, cause: causeOfError(error), message: messageOf(error) };
    return records.map(() => outcome);
  }
}

/** Lists all shards, page by page. Never rejects: the SDK's errors cannot be cloned between threads. */
export async function listShards({ streamName, timeoutMs }: StreamTask): Promise<Listing> {
  try {
    const shards: Shard[] = [];
    let token: string | undefined;
    do {
      const command = new ListShardsCommand(token === undefined ? { StreamName: streamName } : { NextToken: token });
      const page = await within(timeoutMs, (abortSignal) => client.send(command, { abortSignal }));
      for (const shard of page.Shards ?? []) {
        shards.push({
          id: shard.ShardId ?? '',
          start: BigInt(shard.HashKeyRange?.StartingHashKey ?? 0),
          end: BigInt(shard.HashKeyRange?.EndingHashKey ?? 0),
          open: shard.SequenceNumberRange?.EndingSequenceNumber === undefined,
        });
      }
      token = page.NextToken;
    } while (token !== undefined);
    return { shards };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    return { code: streamErrorCode(error), message: `${name}: ${messageOf(error)}` };
  }
}

/** Never rejects: the permission kinesis:DescribeStreamSummary may be missing. */
export async function describe({ streamName, timeoutMs }: StreamTask): Promise<StreamSummary> {
  try {
    const command = new DescribeStreamSummaryCommand({ StreamName: streamName });
    const { StreamDescriptionSummary: summary } = await within(timeoutMs, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    return { mode: summary?.StreamModeDetails?.StreamMode, distribution: summary?.RecordDistributionStrategy };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    return { failure: { cause: causeOfError(error), message: `${name}: ${messageOf(error)}` } };
  }
}

/** Timeout of a whole call. Unlike the SDK's timeouts, includes loading credentials and connecting. */
async function within<T>(timeoutMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`No answer within ${timeoutMs} ms`);
      error.name = 'TimeoutError';
      reject(error);
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([run(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
