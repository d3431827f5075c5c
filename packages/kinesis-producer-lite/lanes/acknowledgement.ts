import type { ProducerError } from '../api/errors.js';
import type { PutReceipt, ReceiptPart, SpoolReceipt, StreamReceipt } from '../api/receipts.js';
import type { HashKeyRange } from '../api/shard-map.js';

/**
 * The promise of a put. All puts of one slab share it; on a stream that keeps no order each has its own. A shared one may
 * need several Kinesis records to become durable, after a reshard or a change to AUTO, and then the receipt names them all.
 */
export class Acknowledgement {
  readonly promise: Promise<PutReceipt>;
  #left = 1;
  readonly #parts: ReceiptPart[] = [];
  #settle: { resolve: (receipt: PutReceipt) => void; reject: (error: ProducerError) => void } | undefined;
  readonly #onSettled: ((acknowledgement: Acknowledgement) => void) | undefined;

  constructor(onSettled?: (acknowledgement: Acknowledgement) => void) {
    this.#onSettled = onSettled;
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Callers may ignore the promise: a rejection must not end the process.
    this.promise.catch(() => {});
  }

  addParts(count: number): void {
    this.#left += count;
  }

  /** @param range hash keys of the part, if there may be several */
  partDurable(receipt: StreamReceipt | SpoolReceipt, range?: HashKeyRange): void {
    this.#left -= 1;
    if (range) this.#parts.push({ startingHashKey: `${range.start}`, endingHashKey: `${range.end}`, receipt });
    if (this.#left > 0) return;
    this.#end()?.resolve(this.#parts.length > 1 ? { durable: 'parts', parts: this.#parts } : receipt);
  }

  fail(error: ProducerError): void {
    this.#end()?.reject(error);
  }

  /** Undefined from the second time on. */
  #end() {
    const settle = this.#settle;
    this.#settle = undefined;
    if (settle) this.#onSettled?.(this);
    return settle;
  }
}
