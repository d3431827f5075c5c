import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Counter, Registry } from 'prom-client';
import { type ConsumedQueue, queues } from '../../../resources.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { readGauge } from '../../metrics/read-gauge.js';
import type { QueueSource } from './queue-source.js';

/** CloudWatch's metrics of the back office's queues and functions, as Prometheus text. */
export class QueueMetrics {
  readonly registry = new Registry();
  readonly #errors = new Counter({ ...LOCAL_METRICS.backOfficeErrors, registers: [this.registry] });

  constructor(sqs: SQSClient, ageMs: (queue: ConsumedQueue) => number) {
    readGauge(this.registry, LOCAL_METRICS.changeDeadLetters, () => deadLetters(sqs));
    readGauge(this.registry, LOCAL_METRICS.changesAge, () => ageMs('changes') / 1_000);
    readGauge(this.registry, LOCAL_METRICS.storedAge, () => ageMs('stored') / 1_000);
  }

  readonly invoked = (_ms: number, succeeded: boolean): void => {
    if (!succeeded) this.#errors.inc();
  };
}

/** Returns a function that gives the age of a queue's oldest received message, ms. */
export function ageIn(sources: ReadonlyMap<string, QueueSource>) {
  return (queue: ConsumedQueue): number => sources.get(queue)?.oldestAgeMs ?? 0;
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
