import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisProducer, type SpoolOptions } from 'kinesis-producer-lite';
import type { Logger } from 'pino';
import { buildApp } from './app.js';
import { apiKeyTable } from './auth/api-key-directory.js';
import type { Config } from './config.js';
import { DecisionHub } from './decisions/decision-hub.js';
import { decisionTable } from './decisions/decision-table.js';
import { DecisionTail } from './decisions/decision-tail.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { exposeProducer } from './producer-metrics.js';

export interface Gateway {
  /** Where it listens, e.g. http://127.0.0.1:8080 */
  url: string;
  /** Stops accepting, answers the waiting, flushes, and closes every handle. */
  close(): Promise<void>;
}

/** Starts a whole gateway: producer, tail of the decisions, HTTP. Rejects when a stream cannot be reached. */
export async function startGateway(config: Config, logger: Logger): Promise<Gateway> {
  const region = config.AWS_REGION;
  const kinesis = new KinesisClient({
    region,
    ...endpoint(config.AWS_ENDPOINT_URL_KINESIS),
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 10_000 }),
  });
  const dynamodb = new DynamoDBClient({
    region,
    ...endpoint(config.AWS_ENDPOINT_URL_DYNAMODB),
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 5_000 }),
  });
  const metrics = new GatewayMetrics();
  const hub = new DecisionHub();
  const producer = await KinesisProducer.start({
    streamName: config.SWIPES_STREAM,
    client: { region, ...endpoint(config.AWS_ENDPOINT_URL_KINESIS) },
    workers: config.PRODUCER_WORKERS,
    lingerMs: config.LINGER_MS,
    maxBufferedBytes: config.MAX_BUFFERED_BYTES,
    ...spool(config),
    onEvent: (event) => logger.warn({ event }, 'producer'),
  });
  exposeProducer(metrics, producer);
  const tail = await DecisionTail.start({
    kinesis,
    streamName: config.DECISIONS_STREAM,
    pollMs: config.DECISIONS_POLL_MS,
    logger,
    onDecision: (decision) => {
      metrics.observeDecision(decision, Date.now());
      hub.publish(decision);
    },
  });
  let closing = false;
  const app = await buildApp({
    config,
    logger,
    sink: producer,
    hub,
    metrics,
    findApiKey: apiKeyTable(dynamodb, config.TABLE_API_KEYS),
    findDecisions: decisionTable(dynamodb, config.TABLE_DECISIONS),
    notReady: () => [
      ...(closing ? ['shutting down'] : []),
      ...(tail.healthy ? [] : ['the decisions stream cannot be read']),
    ],
  });

  async function release(): Promise<void> {
    await producer.close({ deadlineMs: config.ACK_TIMEOUT_MS });
    await tail.stop();
    kinesis.destroy();
    dynamodb.destroy();
  }

  try {
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    return {
      url: url.replace('0.0.0.0', '127.0.0.1'),
      async close() {
        closing = true;
        // Requests under way still need the producer and the tail; so these go after the last answer.
        await app.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function spool(config: Config): { spool?: SpoolOptions } {
  const { SPOOL_DIRECTORY: directory, SPOOL_AFTER_MS: afterMs, SPOOL_MAX_BYTES: maxBytes } = config;
  return directory === undefined ? {} : { spool: { directory, afterMs, maxBytes } };
}

function endpoint(url: string | undefined): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url };
}
