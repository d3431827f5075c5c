import type { ProducerError } from '../api/errors.js';
import type { SpoolReceipt, StreamReceipt } from '../api/receipts.js';
import { contains, type HashKeyRange, MAX_HASH_KEY } from '../api/shard-map.js';
import { AggregateEncoder, type KeySlot, newKeySlot } from '../format/aggregate.js';
import { effectiveHashKey, type UserRecord } from '../format/deaggregate.js';
import { decodeMessage } from '../format/decode-message.js';
import { MAGIC_BYTES } from '../format/kpl-format.js';
import type { SpoolEntry } from '../spool/segment.js';
import { Acknowledgement } from './acknowledgement.js';
import type { SlabPool } from './slab-pool.js';

export const WHOLE: HashKeyRange = { start: 0n, end: MAX_HASH_KEY };

/** User records that are encoded as one aggregate: open, waiting or in flight. Usually sent as one Kinesis record. */
export class Slab extends AggregateEncoder {
  /** When its oldest user record was put, in ms of the monotonic clock. */
  readonly openedAt: number;
  /** Acknowledgement of all its user records; undefined if each record has its own. */
  readonly shared: Acknowledgement | undefined;
  /** One acknowledgement for each user record, in order, if they do not share one. */
  readonly own: Acknowledgement[] = [];
  /** Hash keys of its records, if a reshard has split the Kinesis record that they were put into. */
  readonly range: HashKeyRange | undefined;
  /** Its copy on disk, if any. Set by its lane. */
  part: BacklogPart | undefined;

  constructor(
    buffer: ArrayBufferLike,
    openedAt: number,
    shared: Acknowledgement | undefined,
    range?: HashKeyRange | undefined,
  ) {
    super(buffer);
    this.range = range;
    this.openedAt = openedAt;
    this.shared = shared;
  }

  get userRecords(): UserRecord[] {
    return userRecordsIn(this.bytes.subarray(0, this.length));
  }

  /** Appends a record accepted earlier, and moves to a larger buffer if it needs one. */
  appendGrowing({ data, explicitHashKey }: UserRecord, slot: KeySlot, pool: SlabPool, own?: Acknowledgement): void {
    if (own) this.own.push(own);
    if (this.append(slot, data, explicitHashKey)) return;
    const size = this.sizeWith(slot, data.length, explicitHashKey);
    pool.release(this.moveTo(pool.takeRegardless(size)));
    this.append(slot, data, explicitHashKey);
  }

  /** All its records are durable, in one place. */
  durable(receipt: StreamReceipt | SpoolReceipt): void {
    this.shared?.partDurable(receipt, this.range);
    for (const own of this.own) own.partDurable(receipt);
  }

  fail(error: ProducerError): void {
    this.shared?.fail(error);
    for (const own of this.own) own.fail(error);
  }

  /**
   * Some of its records are durable, each in a place of its own.
   * @param rest its other records, which go on as a slab of their own
   * @returns that slab, which has no copy on disk yet; undefined if there is no rest
   */
  durableApart(
    stored: readonly { user: UserRecord; receipt: StreamReceipt }[],
    rest: readonly UserRecord[],
    pool: SlabPool,
  ): Slab | undefined {
    // The slab counted as one part.
    this.shared?.addParts(stored.length - (rest.length > 0 ? 0 : 1));
    const isOnlyPart = this.records === 1 && !this.range;
    for (const { user, receipt } of stored) {
      const hashKey = this.shared && !isOnlyPart ? effectiveHashKey(user) : undefined;
      const range = hashKey === undefined ? undefined : { start: hashKey, end: hashKey };
      (this.shared ?? this.own[user.subSequence])?.partDurable(receipt, range);
    }
    if (rest.length === 0) return undefined;
    const buffer = pool.takeRegardless(this.length);
    const slab = new Slab(buffer, this.openedAt, this.shared, this.shared && (this.range ?? WHOLE));
    const slots = new SlotCache();
    for (const user of rest) slab.appendGrowing(user, slots.of(user), pool, this.own[user.subSequence]);
    return slab;
  }
}

/** Key slots of records that move from one slab to others. */
export class SlotCache {
  readonly #slots = new Map<string, KeySlot>();

  of({ partitionKey }: UserRecord): KeySlot {
    const slot = this.#slots.get(partitionKey) ?? newKeySlot(partitionKey);
    this.#slots.set(partitionKey, slot);
    return slot;
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
  const slots = new SlotCache();
  for (const record of userRecordsIn(aggregate)) {
    if (!contains(range, effectiveHashKey(record))) continue;
    slab ??= new Slab(pool.takeRegardless(aggregate.length), performance.now(), new Acknowledgement());
    slab.appendGrowing(record, slots.of(record), pool);
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
