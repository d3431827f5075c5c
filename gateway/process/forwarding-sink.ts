import type { Sink } from '../intake/sink.js';
import { PackedRecords } from './packed-records.js';

/** A record could not be handed over, or was refused by who took it. `code` is the producer's. */
export class ForwardingError extends Error {
  override readonly name = 'ForwardingError';
  readonly code: string;

  constructor(code: string) {
    super(`The producer's process answered ${code}`);
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

/**
 * The sink of a process that serves HTTP: hands records to the one process that holds the producer, so that all that a
 * machine accepts of a card stands in one order. All records of one turn of the event loop travel, and fare, together.
 */
export class ForwardingSink implements Sink {
  healthy = true;
  readonly #send: (batch: number, records: Uint8Array) => void;
  readonly #maxBytes: number;
  readonly #packed = new PackedRecords();
  readonly #batches = new Map<number, Batch>();
  #open: Batch | undefined;
  #next = 1;
  #bytes = 0;

  /** @param maxBytes of records without an answer; past it `put` refuses with BUFFER_FULL */
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

  /** The producer's answer to a batch. @param code what went wrong, if it did */
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
    // Whoever put a record may have given up waiting.
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
