export { ProducerError, type ProducerErrorCode } from './api/errors.js';
export type { ProducerEvent } from './api/events.js';
export { type CallLatency, LATENCY_BOUNDS_MS } from './api/latency-histogram.js';
export type { ProducerMetrics, ShardMetrics } from './api/metrics.js';
export type { KinesisConnection, KinesisProducerOptions, SpoolOptions } from './api/options.js';
export { type Shard, ShardMap } from './api/shard-map.js';
export { AggregateEncoder, aggregate, type KeySlot, newKeySlot, sealAll } from './format/aggregate.js';
export {
  type DeaggregateOptions,
  deaggregate,
  deaggregateAll,
  type KinesisRecord,
  type UserRecord,
} from './format/deaggregate.js';
export type { PutReceipt, StreamReceipt } from './lanes/acknowledgement.js';
export { PROVISIONED_SHARD, type ShardRate } from './lanes/pacer.js';
export { KinesisProducer } from './producer.js';
export { RETRY_CAUSES, type RetryCause } from './send/retry.js';
