import type { Decision } from '@swipegate/contract';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** Base URLs of a gateway. */
export interface ServerUrls {
  /** E.g. http://127.0.0.1:8080 */
  url: string;
  /** Of the device port, if there is one. */
  deviceUrl?: string;
}

export interface BackendHealth {
  sinkHealthy: boolean;
  /** Whether the table may hold decisions that the workers have not received. */
  tailBehind: boolean;
  /** Reasons not to send traffic here, apart from the sink's health. */
  reasons: string[];
}

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

export type FromWorker =
  | { type: 'listening'; urls: ServerUrls }
  /** Records in the format of {@link PackedRecords}. */
  | { type: 'put'; batch: number; records: Uint8Array }
  /** Requests the metrics of all processes. */
  | { type: 'scrape'; scrape: number }
  /** The worker's own metrics, in reply to `collect`. */
  | { type: 'metrics'; scrape: number; metrics: Metrics };

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

export function isFromWorker(message: unknown): message is FromWorker {
  return hasType(message, FROM_WORKER);
}

export function isToWorker(message: unknown): message is ToWorker {
  return hasType(message, TO_WORKER);
}

/** Checks only the type: both ends come from one build, so the members are trusted. */
function hasType(message: unknown, types: ReadonlySet<unknown>): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && types.has(message.type);
}

const HEADER_BYTES = 6;
const SMALLEST = 16_384;

/** Packs records into one buffer for another process: key length u16 | data length u32 | key | data | key length … */
export class PackedRecords {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns size of the packed record, bytes */
  add(key: string, data: string | Uint8Array): number {
    const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const keyBytes = Buffer.byteLength(key);
    const size = HEADER_BYTES + keyBytes + dataBytes;
    this.#reserve(size);
    let at = this.#bytes.writeUInt16BE(keyBytes, this.#length);
    at = this.#bytes.writeUInt32BE(dataBytes, at);
    at += this.#bytes.write(key, at);
    if (typeof data === 'string') this.#bytes.write(data, at);
    else this.#bytes.set(data, at);
    this.#length += size;
    return size;
  }

  /** Returns the records added since the last call, as a view that the next `add` overwrites. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Calls `record` with each record, in order. `data` is a view of `packed`. */
export function unpack(packed: Uint8Array, record: (key: string, data: Uint8Array) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const keyEnd = at + HEADER_BYTES + bytes.readUInt16BE(at);
    const end = keyEnd + bytes.readUInt32BE(at + 2);
    record(bytes.toString('utf8', at + HEADER_BYTES, keyEnd), bytes.subarray(keyEnd, end));
    at = end;
  }
}
