import { inspect } from 'node:util';
import {
  TAG_DATA,
  TAG_EXPLICIT_HASH_KEY,
  TAG_HASH_KEY_INDEX,
  TAG_KEY_INDEX,
  TAG_PARTITION_KEY,
  TAG_RECORD,
} from './kpl-format.js';

const NONE = -1;

/** Decodes a protobuf AggregatedRecord. Returns undefined if the bytes are not one, or if it holds no user record. */
export function decodeMessage(message: Uint8Array): UserRecord[] | undefined {
  const tables = new Tables(message);
  const reader = new Reader(message);
  const records: UserRecord[] = [];
  while (reader.more()) {
    const end = addUsualRecord(message, reader.at, records, tables);
    if (end !== NONE) {
      reader.at = end;
      continue;
    }
    const tag = reader.varint();
    if (tag === TAG_RECORD) addRecord(reader, records, tables);
    else if (tag === TAG_PARTITION_KEY) reader.note(tables.partitionKeys);
    else if (tag === TAG_EXPLICIT_HASH_KEY) reader.note(tables.explicitHashKeys);
    else reader.skip(tag);
  }
  return reader.failed || !tables.areWhole || records.length === 0 ? undefined : records;
}

/**
 * Fast path for the usual record. It has a key index, then data, and nothing else; its numbers are in their shortest
 * form. Takes half the time of {@link addRecord}, which reads every valid record.
 *
 * @returns offset of its end; NONE, with nothing added, if the record is not of this form
 */
function addUsualRecord(message: Uint8Array, from: number, records: UserRecord[], tables: Tables): number {
  if (message[from] !== TAG_RECORD) return NONE;
  let at = from + 1;
  const length = shortVarint(message, at);
  at += shortVarintBytes(length);
  const end = at + length;
  if (message[at++] !== TAG_KEY_INDEX) return NONE;
  const key = shortVarint(message, at);
  at += shortVarintBytes(key);
  if (message[at++] !== TAG_DATA) return NONE;
  const dataLength = shortVarint(message, at);
  at += shortVarintBytes(dataLength);
  if (length === NONE || key === NONE || at + dataLength !== end || end > message.length) return NONE;
  records.push(tables.record(at, end, records.length, key, NONE));
  return end;
}

/** Reads a varint of one or two bytes in its shortest form; NONE for any other. */
function shortVarint(bytes: Uint8Array, at: number): number {
  const low = bytes[at] ?? 0;
  if (low < 0x80) return low;
  const high = bytes[at + 1] ?? 0;
  return high > 0 && high < 0x80 ? (low & 0x7f) + 0x80 * high : NONE;
}

function shortVarintBytes(value: number): number {
  return value < 0x80 ? 1 : 2;
}

/** Adds the next record. A record without key index or data fails the reader. */
function addRecord(reader: Reader, records: UserRecord[], tables: Tables): void {
  let key = NONE;
  let hashKey = NONE;
  let begin = NONE;
  let end = NONE;
  const endOfAll = reader.enter();
  while (reader.more()) {
    const tag = reader.varint();
    if (tag === TAG_KEY_INDEX) key = reader.varint();
    else if (tag === TAG_HASH_KEY_INDEX) hashKey = reader.varint();
    else if (tag === TAG_DATA) {
      const length = reader.length();
      begin = reader.at;
      end = begin + length;
      reader.at = end;
    } else reader.skip(tag);
  }
  reader.leave(endOfAll);
  if (key === NONE || begin === NONE) reader.failed = true;
  if (!reader.failed) records.push(tables.record(begin, end, records.length, key, hashKey));
}

/** A record as passed to `put`. Its keys are getters, so copies by spread or structured clone lack them. */
export class UserRecord {
  /** A view of the Kinesis record's bytes, not a copy. */
  readonly data: Uint8Array;
  /** Index in the Kinesis record, from 0. Unique together with the sequence number. */
  readonly subSequence: number;
  readonly #keys: UserKeys;
  readonly #key: number;
  readonly #hashKey: number;

  constructor(data: Uint8Array, subSequence: number, keys: UserKeys, key: number, hashKey: number) {
    this.data = data;
    this.subSequence = subSequence;
    this.#keys = keys;
    this.#key = key;
    this.#hashKey = hashKey;
  }

  get partitionKey(): string {
    return this.#keys.partitionKey(this.#key);
  }

  get explicitHashKey(): string | undefined {
    return this.#keys.explicitHashKey(this.#hashKey);
  }

  /** Makes `console.log` show the keys. */
  [inspect.custom](): object {
    const { partitionKey, explicitHashKey, data, subSequence } = this;
    return { partitionKey, explicitHashKey, data, subSequence };
  }
}

/** Keys of the user records, by index. Decoded on access, since most consumers do not read them. */
export interface UserKeys {
  partitionKey(index: number): string;
  explicitHashKey(index: number): string | undefined;
}

/** The key tables of a message. They may come after the records that refer to them. */
class Tables implements UserKeys {
  /** Alternating start and end offsets of the keys. */
  readonly partitionKeys: number[] = [];
  readonly explicitHashKeys: number[] = [];
  readonly #memory: ArrayBufferLike;
  readonly #offset: number;
  #mostKey = NONE;
  #mostHashKey = NONE;

  constructor({ buffer, byteOffset }: Uint8Array) {
    this.#memory = buffer;
    this.#offset = byteOffset;
  }

  record(begin: number, end: number, subSequence: number, key: number, hashKey: number): UserRecord {
    if (key > this.#mostKey) this.#mostKey = key;
    if (hashKey > this.#mostHashKey) this.#mostHashKey = hashKey;
    return new UserRecord(this.#bytes(begin, end), subSequence, this, key, hashKey);
  }

  /** Whether the tables contain every index that the records use. */
  get areWhole(): boolean {
    return 2 * this.#mostKey < this.partitionKeys.length && 2 * this.#mostHashKey < this.explicitHashKeys.length;
  }

  partitionKey(index: number): string {
    return this.#text(this.partitionKeys, index) ?? '';
  }

  explicitHashKey(index: number): string | undefined {
    return this.#text(this.explicitHashKeys, index);
  }

  #bytes(begin: number, end: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#offset + begin, end - begin);
  }

  #text(places: readonly number[], index: number): string | undefined {
    const begin = places[2 * index];
    const end = places[2 * index + 1];
    if (begin === undefined || end === undefined) return undefined;
    return Buffer.from(this.#memory, this.#offset + begin, end - begin).toString();
  }
}

/** Reads protobuf fields. On an error it sets `failed` and ends instead of throwing. */
class Reader {
  failed = false;
  at = 0;
  readonly #bytes: Uint8Array;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Limits reading to the next field. @returns the previous limit, for {@link leave} */
  enter(): number {
    const end = this.#end;
    const length = this.length();
    this.#end = this.at + length;
    return end;
  }

  leave(end: number): void {
    this.at = this.#end;
    this.#end = end;
  }

  more(): boolean {
    return !this.failed && this.at < this.#end;
  }

  varint(): number {
    // Fast path: nearly all have one byte.
    const first = this.#bytes[this.at];
    if (first !== undefined && first < 0x80 && this.at < this.#end) {
      this.at += 1;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49 && this.at < this.#end; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return NONE;
  }

  /** Length of the next field. Fails and returns 0 if the field is cut off. */
  length(): number {
    const length = this.varint();
    if (!this.failed && length <= this.#end - this.at) return length;
    this.failed = true;
    return 0;
  }

  /** Skips the next field and records its start and end offsets. */
  note(places: number[]): void {
    const length = this.length();
    places.push(this.at, this.at + length);
    this.at += length;
  }

  /** Up to ten bytes, as for a negative number: more than {@link varint} reads. */
  #skipVarint(): void {
    const most = Math.min(this.#end, this.at + 10);
    while (this.at < most) if ((this.#bytes[this.at++] ?? 0) < 0x80) return;
    this.failed = true;
  }

  #skipBytes(): void {
    const length = this.length();
    this.at += length;
  }

  /** Skips an unknown field, so that later versions of the format can be read. */
  skip(tag: number): void {
    const wireType = tag % 8;
    // Protobuf has no field number 0.
    if (tag < 8) this.failed = true;
    else if (wireType === 0) this.#skipVarint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.#skipBytes();
    else if (wireType === 5) this.at += 4;
    else this.failed = true;
    if (this.at > this.#end) this.failed = true;
  }
}
