export { ProducerError, type ProducerErrorCode, RETRY_CAUSES, type RetryCause } from './api/errors.js';
export { type CallLatency, LATENCY_BOUNDS_MS, type ProducerMetrics, type ShardMetrics } from './api/metrics.js';
export {
  type KinesisConnection,
  type KinesisProducerOptions,
  PROVISIONED_SHARD,
  type ProducerEvent,
  type PutReceipt,
  type ShardRate,
  type SpoolOptions,
  type StreamReceipt,
} from './api/options.js';
export { type Shard, ShardMap } from './api/shard-map.js';
export { AggregateEncoder, aggregate, type KeySlot, newKeySlot, sealAll } from './format/aggregate.js';
export {
  type DeaggregateOptions,
  deaggregate,
  deaggregateAll,
  type KinesisRecord,
  type UserRecord,
} from './format/deaggregate.js';
export { KinesisProducer } from './producer.js';
