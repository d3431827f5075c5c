import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, ProducerError } from './api/errors.js';
import { Meter } from './api/metrics.js';
import { type KinesisProducerOptions, PROVISIONED_SHARD, resolveOptions, type Settings } from './api/options.js';
import { ShardMap } from './api/shard-map.js';
import { Dispatcher } from './dispatcher.js';
import { fullJitter } from './send/retry.js';
import { type StreamSummary, type Transport, WorkerTransport } from './send/transport.js';
import { knownShards } from './spool/known-shards.js';
import { DISK, type SpoolFiles } from './spool/segment.js';
import { Spool } from './spool/spool.js';

const START_ATTEMPTS = 4;

/** Parts of a running producer. */
export interface ProducerParts {
  dispatcher: Dispatcher;
  transport: Transport;
  meter: Meter;
}

/**
 * Starts the threads, opens the spool and loads the stream's shards.
 * @param connect replaces the connection to Kinesis in tests
 * @param files replaces the spool's file system in tests
 */
export async function startParts(
  options: KinesisProducerOptions,
  connect: (settings: Settings) => Transport = (settings) => new WorkerTransport(settings),
  files: SpoolFiles = DISK,
): Promise<ProducerParts> {
  const settings = resolveOptions(options);
  const spool = settings.spool && (await Spool.open(settings.spool, files));
  let transport: Transport | undefined;
  try {
    transport = connect(settings);
    const [{ map, isFresh }, summary] = await Promise.all([
      loadShardMap(transport, settings),
      describe(transport, settings),
    ]);
    const { mode, distribution } = summary;
    if (settings.requireOrder && (distribution ?? settings.defaultDistribution) === 'AUTO') {
      const detail = `Stream ${settings.streamName} distributes records by AUTO: it ignores partition keys and keeps no order.`;
      throw new ProducerError('STREAM_UNORDERED', detail);
    }
    if (mode === 'PROVISIONED') settings.shardRate ??= PROVISIONED_SHARD;
    const meter = new Meter();
    const dispatcher = new Dispatcher(settings, transport, meter, map, distribution, spool);
    if (!isFresh) dispatcher.doubtMap();
    return { dispatcher, transport, meter };
  } catch (error) {
    await transport?.close();
    await spool?.close();
    if (error instanceof ProducerError) throw error;
    const detail = `Stream ${settings.streamName} cannot be read: ${messageOf(error)}.`;
    throw new ProducerError('STREAM_UNAVAILABLE', detail, { cause: error });
  }
}

/** Retries what passes by itself: an account may describe 20 streams a second, and many producers may start at once. */
async function describe(transport: Transport, { retryBaseMs, retryMaxMs }: Settings): Promise<StreamSummary> {
  for (let attempt = 1; ; attempt++) {
    const summary = await transport.describe().catch((): StreamSummary => ({}));
    if (summary.failure?.cause !== 'throttled' || attempt === START_ATTEMPTS) return summary;
    await delay(fullJitter(attempt, retryBaseMs, retryMaxMs));
  }
}

/**
 * Retries, because the network may not be up yet, or a reshard may be in progress. Does not retry if Kinesis refuses the
 * request. If the spool knows the shards of an earlier run, uses those after the first failure, so that the producer
 * starts during an outage. A stream that no longer exists is not an outage.
 */
async function loadShardMap(
  transport: Transport,
  { retryBaseMs, retryMaxMs, spool, streamName }: Settings,
): Promise<{ map: ShardMap; isFresh: boolean }> {
  const known = spool && (await knownShards(spool.directory, streamName));
  for (let attempt = 1; ; attempt++) {
    try {
      return { map: new ShardMap(await transport.listShards()), isFresh: true };
    } catch (error) {
      const code = error instanceof ProducerError ? error.code : 'STREAM_UNAVAILABLE';
      if (code === 'STREAM_NOT_FOUND') throw error;
      if (known !== undefined) return { map: new ShardMap(known), isFresh: false };
      if (code === 'STREAM_REFUSED' || attempt === START_ATTEMPTS) throw error;
      await delay(fullJitter(attempt, retryBaseMs, retryMaxMs));
    }
  }
}
