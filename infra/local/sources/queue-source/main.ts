import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { SQSEvent } from 'aws-lambda';
import { pino } from 'pino';
import { queueMappings } from '../../../resources.js';
import { serveMetrics } from '../../metrics/metrics-endpoint.js';
import { serveChild } from '../../processes/child-side.js';
import { loadHandler } from '../functions/load-handler.js';
import type { FunctionHandler } from '../functions/local-function.js';
import { ageIn, QueueMetrics } from './queue-metrics.js';
import { QueueSource } from './queue-source.js';

/** Runs the functions of the back office, each on its queue. A child process of infra/local. */
async function main(): Promise<void> {
  const logger = pino({ base: { service: 'queue-source' } });
  const sqs = new SQSClient({ requestHandler: new NodeHttpHandler({}) });
  const sources = new Map<string, QueueSource>();
  const metrics = new QueueMetrics(sqs, ageIn(sources));
  await Promise.all(
    Object.values(queueMappings).map(async (mapping) => {
      const module = import.meta.resolve(`@swipegate/lambdas/${mapping.functionName}/handler`);
      const handler = await loadHandler(module, isHandler);
      const source = await QueueSource.start({ sqs, mapping, handler, logger, onInvoked: metrics.invoked });
      sources.set(mapping.queue, source);
    }),
  );
  const endpoint = await serveMetrics(metrics.registry);
  serveChild({
    ready: { metricsUrl: endpoint.url },
    onStop: async () => {
      endpoint.close();
      await Promise.all(Array.from(sources.values(), (source) => source.stop()));
      sqs.destroy();
    },
  });
}

function isHandler(value: unknown): value is FunctionHandler<SQSEvent> {
  return typeof value === 'function';
}

await main().catch((error: unknown) => {
  // Message only: a stack trace would hide the reason from the user.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
