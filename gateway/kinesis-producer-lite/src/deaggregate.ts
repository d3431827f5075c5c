import { hashKeyOf } from './hash-key.js';
import {
  DIGEST_BYTES,
  MAGIC_BYTES,
  startsWithMagic,
  TAG_DATA,
  TAG_EXPLICIT_HASH_KEY,
  TAG_HASH_KEY_INDEX,
  TAG_KEY_INDEX,
  TAG_PARTITION_KEY,
  TAG_RECORD,
} from './kpl-format.js';
import { md5OfAll } from './md5-lanes.js';

/** A record as the producer's caller put it. */
export interface UserRecord {
  partitionKey: string;
  explicitHashKey?: string;
  /** A view of the Kinesis record's bytes, not a copy. */
  data: Uint8Array;
  /** Its place in the Kinesis record, from 0: with the sequence number it tells any two user records apart. */
  subSequence: number;
}

export interface DeaggregateOptions {
  /** Drops user records outside the shard's range, as the KCL does: the producer puts those again after a reshard. */
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
    yield within((isWhole ? decodeMessage(message) : undefined) ?? [plain(record)], options);
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
  return { partitionKey, ...(explicitHashKey === undefined ? {} : { explicitHashKey }), data, subSequence: 0 };
}

/** What stands between magic and digest, if these are there. */
function messageIn(data: Uint8Array): Uint8Array | undefined {
  if (data.length < MAGIC_BYTES + DIGEST_BYTES || !startsWithMagic(data)) return undefined;
  return data.subarray(MAGIC_BYTES, data.length - DIGEST_BYTES);
}

/** Decodes the protobuf message AggregatedRecord; undefined if it is not one. */
export function decodeMessage(message: Uint8Array): UserRecord[] | undefined {
  const reader = new Reader(message);
  const keys: string[] = [];
  const hashKeys: string[] = [];
  const ends: number[] = [];
  const starts: number[] = [];
  while (reader.more()) {
    const tag = reader.varint();
    if (tag === TAG_RECORD) {
      const length = reader.length();
      starts.push(reader.at);
      reader.at += length;
      ends.push(reader.at);
    } else if (tag === TAG_PARTITION_KEY) keys.push(reader.text());
    else if (tag === TAG_EXPLICIT_HASH_KEY) hashKeys.push(reader.text());
    else reader.skip(tag);
  }
  if (reader.failed) return undefined;
  // Key tables may stand behind the records that point into them, so records are read last.
  const records: UserRecord[] = [];
  for (let i = 0; i < starts.length; i++) {
    reader.within(starts[i] ?? 0, ends[i] ?? 0);
    const record = readRecord(reader, keys, hashKeys, i);
    if (!record) return undefined;
    records.push(record);
  }
  return records;
}

function readRecord(
  reader: Reader,
  keys: readonly string[],
  hashKeys: readonly string[],
  subSequence: number,
): UserRecord | undefined {
  let partitionKey: string | undefined;
  let explicitHashKey: string | undefined;
  let data: Uint8Array | undefined;
  while (reader.more()) {
    const tag = reader.varint();
    if (tag === TAG_KEY_INDEX) {
      partitionKey = keys[reader.varint()];
    } else if (tag === TAG_DATA) {
      data = reader.bytes();
    } else if (tag === TAG_HASH_KEY_INDEX) {
      explicitHashKey = hashKeys[reader.varint()];
      if (explicitHashKey === undefined) return undefined;
    } else {
      reader.skip(tag);
    }
  }
  if (reader.failed || partitionKey === undefined || data === undefined) return undefined;
  if (explicitHashKey === undefined) return { partitionKey, data, subSequence };
  return { partitionKey, explicitHashKey, data, subSequence };
}

const NOTHING = new Uint8Array(0);

/** Reads protobuf fields between two places. Instead of throwing it sets `failed` and has nothing more. */
class Reader {
  failed = false;
  at = 0;
  readonly #bytes: Buffer;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  within(start: number, end: number): void {
    this.at = start;
    this.#end = end;
  }

  more(): boolean {
    return !this.failed && this.at < this.#end;
  }

  varint(): number {
    // Nearly all of them have one byte.
    const first = this.#bytes[this.at];
    if (first !== undefined && first < 0x80 && this.at < this.#end) {
      this.at += 1;
      return first;
    }
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49 && this.at < this.#end; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return -1;
  }

  /** Length of the field that follows, all of which is there; 0 if it is not. */
  length(): number {
    const length = this.varint();
    if (!this.failed && length <= this.#end - this.at) return length;
    this.failed = true;
    return 0;
  }

  bytes(): Uint8Array {
    const length = this.length();
    if (this.failed) return NOTHING;
    const start = this.at;
    this.at = start + length;
    return this.#bytes.subarray(start, this.at);
  }

  text(): string {
    const length = this.length();
    const start = this.at;
    this.at = start + length;
    return this.#bytes.toString('utf8', start, this.at);
  }

  /** Passes over a field this format does not know, so that a later version of it can still be read. */
  skip(tag: number): void {
    const wireType = tag % 8;
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.at += 4;
    else this.failed = true;
    if (this.at > this.#end) this.failed = true;
  }
}
