import {
  TAG_DATA,
  TAG_EXPLICIT_HASH_KEY,
  TAG_HASH_KEY_INDEX,
  TAG_KEY_INDEX,
  TAG_PARTITION_KEY,
  TAG_RECORD,
} from './kpl-format.js';
import { type UserKeys, UserRecord } from './user-record.js';

const NONE = -1;

/** Decodes the protobuf message AggregatedRecord; undefined if it is not one. */
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
  return reader.failed || !tables.areWhole ? undefined : records;
}

/**
 * Adds the record that begins at a place, if it is as nearly all are: a key's number, then the data, lengths in their shortest
 * form, nothing else. In half the time of {@link addRecord}, which can read all.
 *
 * @returns where it ends; NONE, with nothing added, if something else is there
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

/** A number that takes one or two bytes, and no more of them than it must; else NONE. */
function shortVarint(bytes: Uint8Array, at: number): number {
  const low = bytes[at] ?? 0;
  if (low < 0x80) return low;
  const high = bytes[at + 1] ?? 0;
  return high > 0 && high < 0x80 ? (low & 0x7f) + 0x80 * high : NONE;
}

function shortVarintBytes(value: number): number {
  return value < 0x80 ? 1 : 2;
}

/** Adds the record that follows; one that lacks something fails the reader. */
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

/** The key tables of a message. They may stand behind the records that point into them. */
class Tables implements UserKeys {
  /** Where the keys begin and end, in turn. */
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

  /** Whether they have all that records have been made with. */
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

/** Reads protobuf fields between two places. Instead of throwing it sets `failed` and has nothing more. */
class Reader {
  failed = false;
  at = 0;
  readonly #bytes: Uint8Array;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Reads only to the end of the field that follows. @returns where it read to before, for {@link leave} */
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
    // Nearly all of them have one byte.
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

  /** Length of the field that follows, all of which is there; 0 if it is not. */
  length(): number {
    const length = this.varint();
    if (!this.failed && length <= this.#end - this.at) return length;
    this.failed = true;
    return 0;
  }

  /** Passes over the field that follows, and notes where it begins and ends. */
  note(places: number[]): void {
    const length = this.length();
    places.push(this.at, this.at + length);
    this.at += length;
  }

  #skipBytes(): void {
    const length = this.length();
    this.at += length;
  }

  /** Passes over a field this format does not know, so that a later version of it can still be read. */
  skip(tag: number): void {
    const wireType = tag % 8;
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.#skipBytes();
    else if (wireType === 5) this.at += 4;
    else this.failed = true;
    if (this.at > this.#end) this.failed = true;
  }
}
