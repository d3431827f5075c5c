import type { Decision } from '@swipegate/contract';
import { KinesisProducer, type SpoolOptions } from 'kinesis-producer-lite';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { exposeProducer } from '../metrics/producer-metrics.js';
import { endpoint } from './aws-clients.js';
import { startTail } from './start-tail.js';

/** What stands behind HTTP, once a machine: the producer of swipes and the tail of decisions. */
export interface Backend {
  producer: KinesisProducer;
  /** Why no traffic should come, apart from the producer. */
  notReady(): string[];
  /** Whether decisions may be in the table that the tail has not brought: then it is worth asking the table. */
  isTailBehind(): boolean;
  /** Flushes, and closes every handle. */
  close(): Promise<void>;
}

/** What a read of the decisions stream may take and still be on time, ms. */
const TAIL_CALL_MS = 300;

/**
 * Rejects when a stream cannot be reached.
 * @param onDecisions told of the decisions of each read of the stream
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
    onEvent: (event) => logger.warn({ event }, 'producer'),
  });
  exposeProducer(metrics, producer);
  // A read is due each poll; two that are missing, and some time for the call.
  const behindAfterMs = 2 * config.DECISIONS_POLL_MS + TAIL_CALL_MS;
  try {
    const tail = await startTail(config, {
      logger,
      onDecisions: (decisions) => {
        for (const decision of decisions) metrics.observeDecision(decision, Date.now());
        onDecisions(decisions);
      },
    });
    return {
      producer,
      isTailBehind: () => !tail.healthy || tail.behindMs > behindAfterMs,
      notReady: () => (tail.healthy ? [] : ['the decisions stream cannot be read']),
      async close() {
        await producer.close({ deadlineMs: config.ACK_TIMEOUT_MS });
        await tail.stop();
      },
    };
  } catch (error) {
    await producer.close({ deadlineMs: 0 });
    throw error;
  }
}

function spool(config: Config): { spool?: SpoolOptions } {
  const { SPOOL_DIRECTORY: directory, SPOOL_AFTER_MS: afterMs, SPOOL_MAX_BYTES: maxBytes } = config;
  return directory === undefined ? {} : { spool: { directory, afterMs, maxBytes } };
}
