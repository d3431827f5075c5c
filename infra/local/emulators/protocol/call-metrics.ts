import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Histogram, Registry } from 'prom-client';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const FAULT = 500;

/** CloudWatch's metrics of a service's calls. */
export class CallMetrics {
  readonly registry = new Registry();
  readonly #calls = new Counter({
    ...LOCAL_METRICS.tableCalls,
    labelNames: ['operation'],
    registers: [this.registry],
  });
  readonly #errors = new Counter({ ...LOCAL_METRICS.tableErrors, registers: [this.registry] });
  readonly #seconds = new Histogram({ ...LOCAL_METRICS.tableSeconds, buckets: SECONDS, registers: [this.registry] });

  count({ headers }: IncomingMessage, response: ServerResponse): void {
    const beganMs = performance.now();
    // E.g. DynamoDB_20120810.GetItem or Kinesis_20131202.PutRecords.
    const operation =
      String(headers['x-amz-target'] ?? 'none')
        .split('.')
        .at(-1) ?? 'none';
    response.once('finish', () => {
      this.#calls.inc({ operation });
      if (response.statusCode >= FAULT) this.#errors.inc();
      this.#seconds.observe((performance.now() - beganMs) / 1000);
    });
  }
}
