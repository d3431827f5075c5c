import { GATEWAY_METRICS } from '@swipegate/contract';
import type { KinesisProducer } from 'kinesis-producer-lite';
import type { GatewayMetrics } from './gateway-metrics.js';

/** Adds the producer's counters to the gateway's metrics. */
export function exposeProducer(metrics: GatewayMetrics, producer: KinesisProducer): void {
  const names = GATEWAY_METRICS;
  metrics.gauge(names.bufferedBytes, () => producer.bufferedBytes);
  metrics.gauge(names.oldestAge, () => producer.oldestAgeMs / 1000);
  metrics.gauge(names.spooledBytes, () => producer.metrics().spooledBytes);
  metrics.counter(names.userRecords, () => producer.metrics().userRecords);
  metrics.counter(names.kinesisRecords, () => producer.metrics().kinesisRecords);
  metrics.counter(names.streamBytes, () => producer.metrics().bytes);
  metrics.counter(names.spooledRecords, () => producer.metrics().spooled);
  metrics.counter(names.calls, () => producer.metrics().calls);
  metrics.counter(names.failedRecords, () => producer.metrics().failed);
  metrics.counterBy(names.putRetries, () => producer.metrics().retries);
  metrics.counterBy(names.shardBytes, () =>
    Object.fromEntries(producer.shardMetrics().map(({ shardId, bytes }) => [shardId, bytes])),
  );
}
