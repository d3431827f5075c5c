import { hashKeyOf, MAX_HASH_KEY } from '../api/shard-map.js';
import { decodeMessage, UserRecord } from './decode-message.js';
import { DIGEST_BYTES, MAGIC_BYTES, startsWithMagic } from './kpl-format.js';
import { md5OfAll } from './md5/md5.js';

export { UserRecord };

export interface DeaggregateOptions {
  /**
   * Inclusive range of hash keys, as decimal numbers. Drops the user records of an aggregate that lie outside: after a
   * reshard the producer puts them again. Plain records are never dropped.
   */
  shardRange?: { startingHashKey: string; endingHashKey: string };
}

/**
 * The user records in one Kinesis record, in put order.
 * Never throws for malformed bytes: anything but an intact KPL aggregate with a matching digest is returned as one
 * plain record.
 * @param partitionKey the key of the Kinesis record, used for a plain record
 * @param explicitHashKey decimal number, used for a plain record
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

export interface KinesisRecord {
  data: Uint8Array;
  partitionKey: string;
  /** Decimal number. */
  explicitHashKey?: string;
}

/**
 * Yields for each Kinesis record what {@link deaggregate} returns. Faster than one by one: the digests are computed in
 * parallel (SIMD). Each record is decoded when the generator reaches it.
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

/** The hash key that places the user record. Ignores an invalid explicit one: otherwise each shard would drop the record. */
export function effectiveHashKey(record: UserRecord): bigint {
  const { explicitHashKey } = record;
  const given =
    explicitHashKey !== undefined && /^\d{1,39}$/.test(explicitHashKey) ? BigInt(explicitHashKey) : undefined;
  return given !== undefined && given <= MAX_HASH_KEY ? given : hashKeyOf(record.partitionKey);
}

function plain({ partitionKey, explicitHashKey, data }: KinesisRecord): UserRecord {
  const keys = { partitionKey: () => partitionKey, explicitHashKey: () => explicitHashKey };
  // Always a plain Uint8Array, as in an aggregate, even if the caller passes a Buffer.
  return new UserRecord(new Uint8Array(data.buffer, data.byteOffset, data.length), 0, keys, 0, 0);
}

/** The bytes between magic and digest. Undefined for an empty message, as in the KCL (AggregatorUtil.java). */
function messageIn(data: Uint8Array): Uint8Array | undefined {
  if (data.length <= MAGIC_BYTES + DIGEST_BYTES || !startsWithMagic(data)) return undefined;
  return data.subarray(MAGIC_BYTES, data.length - DIGEST_BYTES);
}
