import { hostname } from 'node:os';
import type { Decision } from '@swipegate/contract';
import { KinesisProducer, type SpoolOptions } from 'kinesis-producer-lite';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { FanOutTail } from '../decisions/fan-out-tail.js';
import { PollingTail } from '../decisions/polling-tail.js';
import { startRetried } from '../decisions/retried-tail.js';
import type { Tail, TailOptions } from '../decisions/tail.js';
import { exposeProducer, type GatewayMetrics } from '../metrics/gateway-metrics.js';
import { endpoint, fanOutKinesisClient, kinesisClient } from './aws-clients.js';

const UNORDERED =
  'the swipes stream ignores partition keys (strategy AUTO): a card’s swipes may be decided out of order; set USER_PARTITION_KEY';

/** One per machine: the producer of swipes and the tail of decisions. */
export interface Backend {
  producer: KinesisProducer;
  /** Reasons not to send traffic here, apart from the producer's health. */
  notReady(): string[];
  /** Whether the table may hold decisions that the tail has not delivered yet. */
  isTailBehind(): boolean;
  /** Flushes the producer and closes every handle. */
  close(): Promise<void>;
}

/**
 * Starts without Kinesis if the spool knows the stream's shards: swipes then go to disk. Rejects if AWS refuses a
 * request, or if Kinesis cannot be reached and there is no such spool.
 */
export async function startBackend(
  config: Config,
  logger: Logger,
  metrics: GatewayMetrics,
  onDecisions: (decisions: readonly Decision[]) => void,
): Promise<Backend> {
  const producer = await KinesisProducer.start({
    streamName: config.SWIPES_STREAM,
    client: { region: config.AWS_REGION, ...endpoint(config.AWS_ENDPOINT_URL_KINESIS) },
    workers: config.PRODUCER_WORKERS,
    lingerMs: config.LINGER_MS,
    maxBufferedBytes: config.MAX_BUFFERED_BYTES,
    ...spool(config),
    // Decisions rely on the order of each card's swipes.
    requireOrder: true,
    onEvent: (event) => {
      if (event.type === 'distribution' && event.distribution === 'AUTO') logger.error({ event }, UNORDERED);
      else logger.warn({ event }, 'producer');
    },
  });
  exposeProducer(metrics, producer);
  const isFanOut = config.DECISIONS_CONSUMER === 'fan-out';
  const kinesis = isFanOut ? fanOutKinesisClient(config) : kinesisClient(config);
  const options: TailOptions = {
    kinesis,
    streamName: config.DECISIONS_STREAM,
    logger,
    onDecisions: (decisions) => {
      // Count here: every HTTP worker has a hub and would count each decision again.
      for (const decision of decisions) metrics.observeDecision(decision, Date.now());
      onDecisions(decisions);
    },
  };
  // Two missed polls, plus 300 ms for one call.
  const behindAfterMs = 2 * config.DECISIONS_POLL_MS + 300;
  try {
    const startTail = (signal?: AbortSignal): Promise<Tail> =>
      isFanOut
        ? FanOutTail.start({ ...options, ...(signal && { signal }), consumerName: consumerName(config) })
        : PollingTail.start({ ...options, ...(signal && { signal }), pollMs: config.DECISIONS_POLL_MS });
    const tail = await startRetried(startTail, logger);
    return {
      producer,
      isTailBehind: () => !tail.healthy || tail.behindMs > behindAfterMs,
      notReady: () => (tail.healthy ? [] : ['the decisions stream cannot be read']),
      async close() {
        await producer.close({ deadlineMs: config.ACK_TIMEOUT_MS });
        await tail.stop();
        kinesis.destroy();
      },
    };
  } catch (error) {
    kinesis.destroy();
    await producer.close({ deadlineMs: 0 });
    throw error;
  }
}

function consumerName({ DECISIONS_CONSUMER_NAME: name }: Config): string {
  return name ?? `swipegate-${hostname().replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}`.slice(0, 128);
}

function spool(config: Config): { spool?: SpoolOptions } {
  const { SPOOL_DIRECTORY: directory, SPOOL_AFTER_MS: afterMs, SPOOL_MAX_BYTES: maxBytes } = config;
  return directory === undefined ? {} : { spool: { directory, afterMs, maxBytes } };
}
