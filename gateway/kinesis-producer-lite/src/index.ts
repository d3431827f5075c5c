export type { PutReceipt, StreamReceipt } from './acknowledgement.js';
export { AggregateEncoder, aggregate, type KeySlot, newKeySlot, sealAll } from './aggregate.js';
export {
  type DeaggregateOptions,
  deaggregate,
  deaggregateAll,
  type KinesisRecord,
  type UserRecord,
} from './deaggregate.js';
export { ProducerError, type ProducerErrorCode } from './errors.js';
export type { ProducerEvent } from './events.js';
export { type CallLatency, LATENCY_BOUNDS_MS } from './latency-histogram.js';
export type { ProducerMetrics, ShardMetrics } from './metrics.js';
export type { KinesisConnection, KinesisProducerOptions, SpoolOptions } from './options.js';
export { PROVISIONED_SHARD, type ShardRate } from './pacer.js';
export { KinesisProducer } from './producer.js';
export { RETRY_CAUSES, type RetryCause } from './retry.js';
export { type Shard, ShardMap } from './shard-map.js';
