import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import { Counter, Histogram, Registry } from 'prom-client';
import { decideMapping } from '../../../resources.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { addGauge, serveMetrics } from '../../metrics/metrics-endpoint.js';
import { runChild, type ServedChild } from '../../processes/child-side.js';
import { type FunctionHandler, loadHandler } from '../local-function.js';
import { Schedule, type ScheduledHandler } from '../schedule.js';
import { CheckpointFile } from './checkpoints.js';
import { EventSource } from './event-source.js';
import { appendToFile } from './failures.js';
import { countParked, countUnreadable } from './row-counters.js';

const SECONDS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30];

/**
 * Local Lambda, a child process of infra/local:
 * `node main.js HANDLER_MODULE ON_FAILURE_FILE CHECKPOINTS_FILE [MINUTELY_MODULE]`.
 * Serves CloudWatch's metrics of the function, its on-failure destination and its parked records as Prometheus text.
 */
async function main([handlerModule, onFailureFile, checkpointsFile, minutelyModule]: string[]): Promise<ServedChild> {
  if (handlerModule === undefined || onFailureFile === undefined || checkpointsFile === undefined) {
    throw new Error('Usage: main.js HANDLER_MODULE ON_FAILURE_FILE CHECKPOINTS_FILE [MINUTELY_MODULE]');
  }
  const logger = pino({ base: { service: 'event-source' } });
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const registry = new Registry();
  const registers = [registry];
  const invocations = new Counter({ ...LOCAL_METRICS.invocations, registers });
  const errors = new Counter({ ...LOCAL_METRICS.errors, registers });
  const seconds = new Histogram({ ...LOCAL_METRICS.duration, buckets: SECONDS, registers });
  const checkpoints = await CheckpointFile.open(checkpointsFile);
  const source = await EventSource.start({
    checkpoints: checkpoints.current,
    kinesis,
    mapping: decideMapping,
    handler: await loadHandler<FunctionHandler<KinesisStreamEvent>>(handlerModule),
    onFailure: appendToFile(onFailureFile),
    logger,
    onInvoked: (ms, succeeded) => {
      invocations.inc();
      if (!succeeded) errors.inc();
      seconds.observe(ms / 1000);
    },
  });
  addGauge(registry, LOCAL_METRICS.iteratorAge, () => source.iteratorAgeMs / 1000);
  addGauge(registry, LOCAL_METRICS.deadLetters, () => linesOf(onFailureFile));
  countParked(registry, dynamodb);
  const stopCounting = countUnreadable(registry);
  const endpoint = await serveMetrics(registry);
  const minutely = minutelyModule === undefined ? undefined : await loadHandler<ScheduledHandler>(minutelyModule);
  const schedule = minutely && new Schedule(minutely, { everyMs: 60_000, logger });
  return {
    ready: { functionName: decideMapping.functionName, metricsUrl: endpoint.url },
    onDrain: async () => ({ stats: await source.drain() }),
    onStop: async () => {
      await Promise.all([source.stop(), schedule?.stop()]);
      stopCounting();
      await checkpoints.close();
      await endpoint.close();
      kinesis.destroy();
      dynamodb.destroy();
    },
  };
}

/** Counts the lines of a file; 0 without one, which is normal: batches are rarely given up. */
async function linesOf(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '').length;
}

await runChild(() => main(process.argv.slice(2)));
