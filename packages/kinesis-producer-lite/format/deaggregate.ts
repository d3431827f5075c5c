import { decodeMessage } from './decode-message.js';
import { hashKeyOf } from './hash-key.js';
import { DIGEST_BYTES, MAGIC_BYTES, startsWithMagic } from './kpl-format.js';
import { md5OfAll } from './md5/md5-lanes.js';
import { UserRecord } from './user-record.js';

export { UserRecord };

export interface DeaggregateOptions {
  /**
   * Hash keys as decimal numbers, both included. Drops user records of an aggregate that lie outside: after a reshard the producer
   * puts those again. A plain record is in its shard wherever it is.
   */
  shardRange?: { startingHashKey: string; endingHashKey: string };
}

/**
 * The user records in one Kinesis record, in the order in which they were put.
 *
 * Never throws on the bytes: what is not a whole KPL aggregate with a matching digest comes back as the one plain
 * record it is.
 *
 * @param partitionKey as Kinesis delivers it; it is the key of a plain record
 * @param explicitHashKey that of a plain record, as a decimal number
 */
export function deaggregate(
  data: Uint8Array,
  partitionKey: string,
  explicitHashKey?: string,
  options?: DeaggregateOptions,
): UserRecord[] {
  const [records = []] = deaggregateAll(
    [{ partitionKey, data, ...(explicitHashKey === undefined ? {} : { explicitHashKey }) }],
    options,
  );
  return records;
}

/** A record as Kinesis delivers it. */
export interface KinesisRecord {
  data: Uint8Array;
  partitionKey: string;
  /** As a decimal number. */
  explicitHashKey?: string;
}

/**
 * The user records of each of several Kinesis records in turn, as {@link deaggregate} has them; faster than one after the other,
 * for their digests are made side by side. Each is taken apart when it is asked for.
 */
export function* deaggregateAll(
  records: readonly KinesisRecord[],
  options?: DeaggregateOptions,
): Generator<UserRecord[], void, undefined> {
  const messages = records.map(({ data }) => messageIn(data));
  const digests = md5OfAll(messages.filter((message) => message !== undefined)).values();
  for (const [i, record] of records.entries()) {
    const message = messages[i];
    const isWhole = message !== undefined && digests.next().value?.equals(record.data.subarray(-DIGEST_BYTES));
    const users = isWhole ? decodeMessage(message) : undefined;
    yield users === undefined ? [plain(record)] : within(users, options);
  }
}

/** Drops what is not in the range that is asked for. */
function within(records: UserRecord[], options: DeaggregateOptions | undefined): UserRecord[] {
  const range = options?.shardRange;
  if (!range) return records;
  const start = BigInt(range.startingHashKey);
  const end = BigInt(range.endingHashKey);
  return records.filter((record) => {
    const hashKey = effectiveHashKey(record);
    return hashKey >= start && hashKey <= end;
  });
}

/** The hash key by which Kinesis would place a user record that travelled alone. */
export function effectiveHashKey(record: UserRecord): bigint {
  const { explicitHashKey } = record;
  return explicitHashKey !== undefined && /^\d{1,39}$/.test(explicitHashKey)
    ? BigInt(explicitHashKey)
    : hashKeyOf(record.partitionKey);
}

/** The user record that a Kinesis record is, if it is no aggregate. */
function plain({ partitionKey, explicitHashKey, data }: KinesisRecord): UserRecord {
  const keys = { partitionKey: () => partitionKey, explicitHashKey: () => explicitHashKey };
  // As those of an aggregate are, whatever the caller has.
  return new UserRecord(new Uint8Array(data.buffer, data.byteOffset, data.length), 0, keys, 0, 0);
}

/** The bytes between magic and digest. Undefined for an empty message, as in the KCL (AggregatorUtil.java). */
function messageIn(data: Uint8Array): Uint8Array | undefined {
  if (data.length <= MAGIC_BYTES + DIGEST_BYTES || !startsWithMagic(data)) return undefined;
  return data.subarray(MAGIC_BYTES, data.length - DIGEST_BYTES);
}
