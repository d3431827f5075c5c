import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import { decideMapping } from '../../../resources.js';
import { serveMetrics } from '../../metrics/metrics-endpoint.js';
import { serveChild } from '../../processes/child-side.js';
import { loadHandler } from '../functions/load-handler.js';
import type { FunctionHandler } from '../functions/local-function.js';
import { Schedule, type ScheduledHandler } from '../schedule.js';
import { EventSource } from './event-source.js';
import { FunctionMetrics } from './function-metrics.js';
import { appendToFile } from './on-failure.js';

const EACH_MINUTE_MS = 60_000;

/**
 * Local Lambda service, a child process of infra/local: `node main.js HANDLER_MODULE ON_FAILURE_FILE [MINUTELY_MODULE]`.
 * Calls the handler of MINUTELY_MODULE each minute.
 */
async function main([handlerModule, onFailureFile, minutelyModule]: string[]): Promise<void> {
  if (handlerModule === undefined || onFailureFile === undefined) {
    throw new Error('Usage: main.js HANDLER_MODULE ON_FAILURE_FILE [MINUTELY_MODULE]');
  }
  const logger = pino({ base: { service: 'event-source' } });
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const metrics = new FunctionMetrics({ dynamodb, onFailureFile, iteratorAgeMs: () => source.iteratorAgeMs });
  const source = await EventSource.start({
    kinesis,
    mapping: decideMapping,
    handler: await loadHandler(handlerModule, isHandler),
    onFailure: appendToFile(onFailureFile),
    logger,
    onInvoked: metrics.invoked,
  });
  const endpoint = await serveMetrics(metrics.registry);
  const schedule =
    minutelyModule === undefined
      ? undefined
      : new Schedule(await loadHandler(minutelyModule, isScheduledHandler), { everyMs: EACH_MINUTE_MS, logger });
  serveChild({
    ready: { functionName: decideMapping.functionName, metricsUrl: endpoint.url },
    onStop: async () => {
      await Promise.all([source.stop(), schedule?.stop()]);
      endpoint.close();
      kinesis.destroy();
      dynamodb.destroy();
    },
    onMessage: (message) => {
      if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'drain') return;
      void source.drain().then((stats) => process.send?.({ type: 'drained', stats }));
    },
  });
}

function isHandler(value: unknown): value is FunctionHandler<KinesisStreamEvent> {
  return typeof value === 'function';
}

function isScheduledHandler(value: unknown): value is ScheduledHandler {
  return typeof value === 'function';
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  // Message only: a stack trace would hide the reason from the user.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
