import type { Decision } from '@swipegate/contract';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** State of the stream, sent to workers for their readiness and their waiting requests. */
export interface BackendHealth {
  sinkHealthy: boolean;
  /** Whether the table may hold decisions that the workers have not received. */
  tailBehind: boolean;
  /** Reasons not to send traffic here, apart from the sink's health. */
  reasons: string[];
}

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** Message from an HTTP worker to the primary. */
export type FromWorker =
  | { type: 'listening'; url: string }
  /** Records in the format of {@link PackedRecords}. */
  | { type: 'put'; batch: number; records: Uint8Array }
  /** Requests the metrics of all processes. */
  | { type: 'scrape'; scrape: number }
  /** The worker's own metrics, in reply to `collect`. */
  | { type: 'metrics'; scrape: number; metrics: Metrics };

/** Message from the primary to an HTTP worker. */
export type ToWorker =
  | { type: 'durable'; batch: number }
  | { type: 'refused'; batch: number; code: string }
  | { type: 'decisions'; decisions: readonly Decision[] }
  | { type: 'health'; health: BackendHealth }
  | { type: 'collect'; scrape: number }
  | { type: 'scraped'; scrape: number; text: string }
  | { type: 'stop' };

const FROM_WORKER: ReadonlySet<unknown> = new Set<FromWorker['type']>(['listening', 'put', 'scrape', 'metrics']);
const TO_WORKER: ReadonlySet<unknown> = new Set<ToWorker['type']>([
  'durable',
  'refused',
  'decisions',
  'health',
  'collect',
  'scraped',
  'stop',
]);

/** Checks only the type: both ends come from one build, so the members are trusted. */
export function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'type' in message && FROM_WORKER.has(message.type);
}

export function isToWorker(message: unknown): message is ToWorker {
  return typeof message === 'object' && message !== null && 'type' in message && TO_WORKER.has(message.type);
}
