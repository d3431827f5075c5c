import type { ProducerError } from '../api/errors.js';
import type { HashKeyRange } from '../api/shard-map.js';
import { AggregateEncoder } from '../format/aggregate.js';
import type { SpoolEntry } from '../spool/segment.js';

/** One aggregated Kinesis record: open, waiting or in flight. */
export class Slab extends AggregateEncoder {
  /** When its oldest user record was put, in ms of the monotonic clock. */
  readonly openedAt: number;
  readonly acknowledgement: Acknowledgement;
  /** Its copy on disk, if any. */
  part: BacklogPart | undefined;
  /** The stream stored it while it was still being written to disk. */
  storedWhileSpooling = false;

  constructor(buffer: ArrayBufferLike, openedAt: number, acknowledgement: Acknowledgement) {
    super(buffer);
    this.openedAt = openedAt;
    this.acknowledgement = acknowledgement;
  }
}

/** Position of a record stored by Kinesis. */
export interface StreamReceipt {
  durable: 'stream';
  shardId: string;
  sequenceNumber: string;
}

/** Place where a record is durable: the stream, or in the spool, which forwards it to the stream later. */
export type PutReceipt = StreamReceipt | { durable: 'spool' };

/**
 * Shared by all puts of one slab. A reshard may split the slab into several Kinesis records; then all parts must become
 * durable, and the receipt is that of the last part.
 */
export class Acknowledgement {
  readonly promise: Promise<PutReceipt>;
  #parts = 1;
  #settle: { resolve: (receipt: PutReceipt) => void; reject: (error: ProducerError) => void } | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Callers may ignore the promise: a rejection must not end the process.
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

/**
 * The records of an entry on disk that one lane must send: those within a range. Initially the range of the entry; a
 * split gives each child its part. Parts are not joined when children merge again: one that was already sent would be
 * sent twice, and overtake the other.
 */
export interface BacklogPart extends HashKeyRange {
  readonly entry: SpoolEntry;
}
