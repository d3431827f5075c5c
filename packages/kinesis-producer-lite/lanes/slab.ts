import type { ProducerError } from '../api/errors.js';
import type { PutReceipt, ReceiptPart, SpoolReceipt, StreamReceipt } from '../api/receipts.js';
import { contains, type HashKeyRange } from '../api/shard-map.js';
import { AggregateEncoder, type KeySlot, newKeySlot } from '../format/aggregate.js';
import { effectiveHashKey, type UserRecord } from '../format/deaggregate.js';
import { decodeMessage } from '../format/decode-message.js';
import { MAGIC_BYTES } from '../format/kpl-format.js';
import type { SpoolEntry } from '../spool/segment.js';
import type { SlabPool } from './slab-pool.js';

/** One aggregated Kinesis record: open, waiting or in flight. */
export class Slab extends AggregateEncoder {
  /** When its oldest user record was put, in ms of the monotonic clock. */
  readonly openedAt: number;
  readonly acknowledgement: Acknowledgement;
  /** Hash keys of its records, if a reshard has split the Kinesis record that they were put into. */
  readonly range: HashKeyRange | undefined;
  /** Its copy on disk, if any. Set by its lane. */
  part: BacklogPart | undefined;

  constructor(buffer: ArrayBufferLike, openedAt: number, acknowledgement: Acknowledgement, range?: HashKeyRange) {
    super(buffer);
    this.range = range;
    this.openedAt = openedAt;
    this.acknowledgement = acknowledgement;
  }

  get userRecords(): UserRecord[] {
    return userRecordsIn(this.bytes.subarray(0, this.length));
  }

  /** Appends a record accepted earlier, and moves to a larger buffer if it needs one. */
  appendGrowing({ data, explicitHashKey }: UserRecord, slot: KeySlot, pool: SlabPool): void {
    if (this.append(slot, data, explicitHashKey)) return;
    const size = this.sizeWith(slot, data.length, explicitHashKey);
    pool.release(this.moveTo(pool.takeRegardless(size)));
    this.append(slot, data, explicitHashKey);
  }
}

/**
 * Whether all of a slab's user records belong to a shard. If one does not, the KCL drops the whole Kinesis record
 * (awslabs/amazon-kinesis-client, AggregatorUtil.java).
 */
export function isWithin(slab: Slab, shard: HashKeyRange): boolean {
  return slab.userRecords.every((record) => contains(shard, effectiveHashKey(record)));
}

/**
 * Builds a slab of the records of an aggregate (without digest) that lie within a range. Undefined if there are none.
 * Its acknowledgement has no listeners: the records were acknowledged when they were written to disk.
 */
export function rebuild(aggregate: Uint8Array, range: HashKeyRange, pool: SlabPool): Slab | undefined {
  let slab: Slab | undefined;
  const slots = new Map<string, KeySlot>();
  for (const record of userRecordsIn(aggregate)) {
    if (!contains(range, effectiveHashKey(record))) continue;
    const slot = slots.get(record.partitionKey) ?? newKeySlot(record.partitionKey);
    slots.set(record.partitionKey, slot);
    slab ??= new Slab(pool.takeRegardless(aggregate.length), performance.now(), new Acknowledgement());
    slab.appendGrowing(record, slot, pool);
  }
  return slab;
}

function userRecordsIn(aggregate: Uint8Array): UserRecord[] {
  return decodeMessage(aggregate.subarray(MAGIC_BYTES)) ?? [];
}

/**
 * The records of an entry on disk that one lane must send: those within a range. Initially the range of the entry; a
 * split gives each child its part. Parts are not joined when children merge again: one that was already sent would be
 * sent twice, and overtake the other.
 */
export interface BacklogPart extends HashKeyRange {
  readonly entry: SpoolEntry;
}

/**
 * Shared by all puts of one slab. A reshard may split the slab into several Kinesis records; then all parts must become
 * durable, and the receipt names them all.
 */
export class Acknowledgement {
  readonly promise: Promise<PutReceipt>;
  #left = 1;
  readonly #parts: ReceiptPart[] = [];
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
    this.#left += count;
  }

  /** @param range hash keys of the part, if there may be several */
  partDurable(receipt: StreamReceipt | SpoolReceipt, range?: HashKeyRange): void {
    this.#left -= 1;
    if (range) this.#parts.push({ startingHashKey: `${range.start}`, endingHashKey: `${range.end}`, receipt });
    if (this.#left > 0) return;
    this.#settle?.resolve(this.#parts.length > 1 ? { durable: 'parts', parts: this.#parts } : receipt);
    this.#settle = undefined;
  }

  fail(error: ProducerError): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
