import { readFile } from 'node:fs/promises';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Counter, Histogram, Registry } from 'prom-client';
import { tables } from '../../../resources.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { readGauge } from '../../metrics/read-gauge.js';

export interface FunctionMetricsOptions {
  dynamodb: DynamoDBClient;
  /** On-failure destination: batches that were given up, one per line. */
  onFailureFile: string;
  iteratorAgeMs(): number;
}

const SECONDS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30];

/** CloudWatch's metrics of the function, its on-failure destination and its parked records, as Prometheus text. */
export class FunctionMetrics {
  readonly registry = new Registry();
  readonly #invocations = new Counter({ ...LOCAL_METRICS.invocations, registers: [this.registry] });
  readonly #errors = new Counter({ ...LOCAL_METRICS.errors, registers: [this.registry] });
  readonly #seconds = new Histogram({ ...LOCAL_METRICS.duration, buckets: SECONDS, registers: [this.registry] });

  constructor({ dynamodb, onFailureFile, iteratorAgeMs }: FunctionMetricsOptions) {
    readGauge(this.registry, LOCAL_METRICS.iteratorAge, () => iteratorAgeMs() / 1000);
    readGauge(this.registry, LOCAL_METRICS.deadLetters, () => linesOf(onFailureFile));
    this.#countParked(dynamodb);
  }

  readonly invoked = (ms: number, succeeded: boolean): void => {
    this.#invocations.inc();
    if (!succeeded) this.#errors.inc();
    this.#seconds.observe(ms / 1000);
  };

  /** Counts added rows, as CloudWatch does; the table only gives the current number. */
  #countParked(dynamodb: DynamoDBClient): void {
    let before = 0;
    new Counter({
      ...LOCAL_METRICS.parked,
      registers: [this.registry],
      async collect() {
        const now = await rowsParked(dynamodb);
        this.inc(Math.max(0, now - before));
        before = now;
      },
    });
  }
}

/** Counts the lines of a file; 0 without one, which is normal: batches are rarely given up. */
async function linesOf(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '').length;
}

async function rowsParked(dynamodb: DynamoDBClient): Promise<number> {
  const { Count = 0 } = await dynamodb.send(new ScanCommand({ TableName: tables.unreadable.name, Select: 'COUNT' }));
  return Count;
}
