export { ProducerError, type ProducerErrorCode } from './errors.js';
export type { ProducerEvent } from './events.js';
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
export { type Shard, ShardMap } from './lanes/shard-map.js';
export { type CallLatency, LATENCY_BOUNDS_MS } from './latency-histogram.js';
export type { ProducerMetrics, ShardMetrics } from './metrics.js';
export type { KinesisConnection, KinesisProducerOptions, SpoolOptions } from './options.js';
export { KinesisProducer } from './producer.js';
export { RETRY_CAUSES, type RetryCause } from './send/retry.js';
