import type { Sink } from '../intake/sink.js';
import { PackedRecords } from './messages.js';

/** A record was refused, here or by the producer, whose code it has. */
export class ForwardingError extends Error {
  override readonly name = 'ForwardingError';
  readonly code: string;

  constructor(code: string) {
    super(`The record was refused: ${code}`);
    this.code = code;
  }
}

interface Batch {
  number: number;
  bytes: number;
  promise: Promise<void>;
  resolve(): void;
  reject(error: ForwardingError): void;
}

/** Forwards an HTTP worker's records to the primary. Those of one event loop turn succeed or fail as one batch. */
export class ForwardingSink implements Sink {
  healthy = true;
  readonly #send: (batch: number, records: Uint8Array) => void;
  readonly #maxBytes: number;
  readonly #packed = new PackedRecords();
  readonly #batches = new Map<number, Batch>();
  #open: Batch | undefined;
  #next = 1;
  #bytes = 0;

  /** @param maxBytes limit of unanswered records, bytes; at the limit `put` throws BUFFER_FULL */
  constructor(send: (batch: number, records: Uint8Array) => void, maxBytes: number) {
    this.#send = send;
    this.#maxBytes = maxBytes;
  }

  put(partitionKey: string, data: string | Uint8Array): Promise<unknown> {
    if (this.#bytes >= this.#maxBytes) throw new ForwardingError('BUFFER_FULL');
    this.#open ??= this.#begin();
    const bytes = this.#packed.add(partitionKey, data);
    this.#open.bytes += bytes;
    this.#bytes += bytes;
    return this.#open.promise;
  }

  /** @param code error code; undefined if all records of the batch are durable */
  settle(number: number, code?: string): void {
    const batch = this.#batches.get(number);
    if (batch === undefined) return;
    this.#batches.delete(number);
    this.#bytes -= batch.bytes;
    if (code === undefined) batch.resolve();
    else batch.reject(new ForwardingError(code));
  }

  #begin(): Batch {
    let settle: Pick<Batch, 'resolve' | 'reject'> = { resolve: () => undefined, reject: () => undefined };
    const promise = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Avoids an unhandled rejection when every request has stopped waiting.
    promise.catch(() => undefined);
    const batch = { number: this.#next++, bytes: 0, promise, ...settle };
    this.#batches.set(batch.number, batch);
    setImmediate(() => {
      this.#open = undefined;
      this.#send(batch.number, this.#packed.take());
    });
    return batch;
  }
}
