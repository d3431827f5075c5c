import type { Decision } from '@swipegate/contract';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** What the primary process knows of the stream, for the workers' readiness and their waiting requests. */
export interface BackendHealth {
  sinkHealthy: boolean;
  /** Decisions may be in the table that the workers have not been told of. */
  tailBehind: boolean;
  /** Why no traffic should come, apart from the sink. */
  reasons: string[];
}

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** From a process that serves HTTP to the one that holds the producer. */
export type FromWorker =
  | { type: 'listening'; url: string }
  /** Records as {@link PackedRecords} packs them. */
  | { type: 'put'; batch: number; records: Uint8Array }
  /** Asks for the metrics of all processes. */
  | { type: 'scrape'; scrape: number }
  /** Its own, as it was asked to. */
  | { type: 'metrics'; scrape: number; metrics: Metrics };

/** And back. */
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

/** Both ends are of one build: a known type is trusted to have its members. */
export function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'type' in message && FROM_WORKER.has(message.type);
}

export function isToWorker(message: unknown): message is ToWorker {
  return typeof message === 'object' && message !== null && 'type' in message && TO_WORKER.has(message.type);
}
