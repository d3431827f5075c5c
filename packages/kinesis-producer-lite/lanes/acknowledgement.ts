import type { ProducerError } from '../api/errors.js';

/** Where Kinesis stored a record. */
export interface StreamReceipt {
  durable: 'stream';
  shardId: string;
  sequenceNumber: string;
}

/** Where a record is safe: in the stream, or on this machine's disk, from where it goes to the stream later. */
export type PutReceipt = StreamReceipt | { durable: 'spool' };

/**
 * What all puts of one slab wait for. A reshard may spread the slab's records over several Kinesis records; then every
 * part must be durable, and the receipt is that of the last one.
 */
export class Acknowledgement {
  readonly promise: Promise<PutReceipt>;
  #parts = 1;
  #settle: { resolve: (receipt: PutReceipt) => void; reject: (error: ProducerError) => void } | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // A caller may not care; an unheeded failure must not end the process.
    this.promise.catch(() => {});
  }

  get settled(): boolean {
    return this.#settle === undefined;
  }

  addParts(count: number): void {
    this.#parts += count;
  }

  partDurable(receipt: PutReceipt): void {
    this.#parts -= 1;
    if (this.#parts > 0) return;
    this.#settle?.resolve(receipt);
    this.#settle = undefined;
  }

  fail(error: ProducerError): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
