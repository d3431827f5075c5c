export { ProducerError, type ProducerErrorCode, RETRY_CAUSES, type RetryCause } from './api/errors.js';
export { type CallLatency, LATENCY_BOUNDS_MS, type ProducerMetrics, type ShardMetrics } from './api/metrics.js';
export {
  DEFAULT_RECORD_BYTES,
  type KinesisConnection,
  type KinesisProducerOptions,
  PROVISIONED_SHARD,
  type ProducerEvent,
  type RecordDistribution,
  type ShardRate,
  type SpoolOptions,
} from './api/options.js';
export {
  type PutReceipt,
  type ReceiptPart,
  receiptOf,
  type SplitReceipt,
  type SpoolReceipt,
  type StreamReceipt,
} from './api/receipts.js';
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
