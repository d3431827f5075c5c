import { GATEWAY_METRICS } from '@swipegate/contract';
import type { KinesisProducer } from 'kinesis-producer-lite';
import type { GatewayMetrics } from './gateway-metrics.js';

/** Shows the producer's own counts among the gateway's metrics. */
export function exposeProducer(metrics: GatewayMetrics, producer: KinesisProducer): void {
  const of = GATEWAY_METRICS;
  metrics.gauge(of.bufferedBytes, () => producer.bufferedBytes);
  metrics.gauge(of.oldestAge, () => producer.oldestAgeMs / 1000);
  metrics.gauge(of.spooledBytes, () => producer.metrics().spooledBytes);
  metrics.counter(of.userRecords, () => producer.metrics().userRecords);
  metrics.counter(of.kinesisRecords, () => producer.metrics().kinesisRecords);
  metrics.counter(of.streamBytes, () => producer.metrics().bytes);
  metrics.counter(of.spooledRecords, () => producer.metrics().spooled);
  metrics.counter(of.calls, () => producer.metrics().calls);
  metrics.counter(of.failedRecords, () => producer.metrics().failed);
  metrics.counterBy(of.putRetries, () => producer.metrics().retries);
  metrics.counterBy(of.shardBytes, () =>
    Object.fromEntries(producer.shardMetrics().map(({ shardId, bytes }) => [shardId, bytes])),
  );
}
