import type { KinesisProducer } from 'kinesis-producer-lite';
import type { GatewayMetrics } from './gateway-metrics.js';

/** Shows the producer's own counts among the gateway's metrics. */
export function exposeProducer(metrics: GatewayMetrics, producer: KinesisProducer): void {
  metrics.gauge(
    'swipegate_producer_buffered_bytes',
    'Memory held for records not yet acknowledged',
    () => producer.bufferedBytes,
  );
  metrics.gauge(
    'swipegate_producer_oldest_age_seconds',
    'Age of the oldest record not yet acknowledged',
    () => producer.oldestAgeMs / 1000,
  );
  metrics.gauge(
    'swipegate_producer_user_records',
    'Records acknowledged by Kinesis, as put',
    () => producer.metrics().userRecords,
  );
  metrics.gauge(
    'swipegate_producer_kinesis_records',
    'Kinesis records they travelled in',
    () => producer.metrics().kinesisRecords,
  );
  metrics.gauge(
    'swipegate_producer_spooled_bytes',
    'Size of the files that hold what the stream has not taken yet',
    () => producer.metrics().spooledBytes,
  );
  metrics.gauge('swipegate_producer_spooled_records', 'Records that went to disk', () => producer.metrics().spooled);
  metrics.gauge('swipegate_producer_calls', 'PutRecords calls', () => producer.metrics().calls);
  metrics.gauge('swipegate_producer_failed_records', 'Records given up', () => producer.metrics().failed);
}
