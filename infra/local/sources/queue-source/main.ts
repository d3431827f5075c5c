import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { SQSEvent } from 'aws-lambda';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { type ConsumedQueue, queueMappings, queues } from '../../../resources.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { addGauge, serveMetrics } from '../../metrics/metrics-endpoint.js';
import { runChild, type ServedChild } from '../../processes/child-side.js';
import { type FunctionHandler, loadHandler } from '../local-function.js';
import { QueueSource } from './queue-source.js';

/** Child process that runs the back office's functions on their queues and serves CloudWatch's metrics of both. */
async function main(): Promise<ServedChild> {
  const logger = pino({ base: { service: 'queue-source' } });
  const sqs = new SQSClient({ requestHandler: new NodeHttpHandler({}) });
  const registry = new Registry();
  const errors = new Counter({ ...LOCAL_METRICS.backOfficeErrors, registers: [registry] });
  const onInvoked = (_ms: number, succeeded: boolean) => errors.inc(succeeded ? 0 : 1);
  const sources = new Map<string, QueueSource>();
  const ageSeconds = (queue: ConsumedQueue) => (sources.get(queue)?.oldestAgeMs ?? 0) / 1_000;
  addGauge(registry, LOCAL_METRICS.changeDeadLetters, () => deadLetters(sqs));
  addGauge(registry, LOCAL_METRICS.changesAge, () => ageSeconds('changes'));
  addGauge(registry, LOCAL_METRICS.storedAge, () => ageSeconds('stored'));
  await Promise.all(
    Object.values(queueMappings).map(async (mapping) => {
      const module = import.meta.resolve(`@swipegate/lambdas/${mapping.functionName}/handler`);
      const handler = await loadHandler<FunctionHandler<SQSEvent>>(module);
      sources.set(mapping.queue, await QueueSource.start({ sqs, mapping, handler, logger, onInvoked }));
    }),
  );
  const endpoint = await serveMetrics(registry);
  return {
    ready: { metricsUrl: endpoint.url },
    onStop: async () => {
      await endpoint.close();
      await Promise.all(Array.from(sources.values(), (source) => source.stop()));
      sqs.destroy();
    },
  };
}

async function deadLetters(sqs: SQSClient): Promise<number> {
  const counts = await Promise.all(
    (['changesDead', 'storedDead', 'uploadsDead'] as const).map(async (queue) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queues[queue].name }));
      const read = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
      return Number((await sqs.send(read)).Attributes?.ApproximateNumberOfMessages ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

await runChild(main);
