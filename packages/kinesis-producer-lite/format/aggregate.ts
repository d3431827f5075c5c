import { isUint8Array } from 'node:util/types';
import { ProducerError } from '../api/errors.js';
import { checkHashKey, checkPartitionKey, kindOf } from '../api/keys.js';
import {
  DIGEST_BYTES,
  MAGIC,
  MAGIC_BYTES,
  startsWithMagic,
  TAG_DATA,
  TAG_EXPLICIT_HASH_KEY,
  TAG_HASH_KEY_INDEX,
  TAG_KEY_INDEX,
  TAG_PARTITION_KEY,
  TAG_RECORD,
} from './kpl-format.js';
import { md5Of, md5OfAll } from './md5/md5.js';

/**
 * A partition key and its index in the key table of the last encoder that used it. Callers keep one slot per key, so a
 * key is encoded once, not once per record. Refers to the encoder by number: a reference would keep a spent buffer
 * alive.
 */
export interface KeySlot {
  readonly key: string;
  /** UTF-8. */
  readonly bytes: Uint8Array;
  encoder: number;
  index: number;
}

/** @throws {ProducerError} INVALID_KEY */
export function newKeySlot(key: string): KeySlot {
  checkPartitionKey(key);
  return { key, bytes: Buffer.from(key), encoder: 0, index: 0 };
}

let encoders = 0;

const MOST_UTF8_BYTES = 3;
/** Most bytes that a record adds besides key and data: tags, lengths, indexes, explicit hash key, digest. */
const MOST_AROUND = 96;

/**
 * Writes user records directly into one buffer in the KPL's aggregated format, without allocating per record.
 * Protobuf allows repeated fields to interleave, so each key's table entry is written just before the first record that
 * uses it. The message is complete after every append, except for the digest.
 */
export class AggregateEncoder {
  bytes: Buffer;
  readonly #id = ++encoders;
  /** Bytes in use: magic and message, without digest. */
  length = MAGIC_BYTES;
  records = 0;
  firstKey = '';
  /** Explicit hash key of the first record, if any. */
  firstHashKey: string | undefined;
  #keys = 0;
  /** Index in the table by explicit hash key. Created on first use: few callers pass any. */
  #hashKeys: Map<string, number> | undefined;
  #firstData = 0;

  constructor(buffer: ArrayBufferLike) {
    this.bytes = Buffer.from(buffer);
    this.bytes.set(MAGIC);
  }

  /** Size of the finished Kinesis record, with digest, after an `append` of `dataBytes` bytes. */
  sizeWith(slot: KeySlot, dataBytes: number, hashKey?: string): number {
    const known = slot.encoder === this.#id;
    const keyBytes = slot.bytes.length;
    let tableEntries = known ? 0 : 1 + varintBytes(keyBytes) + keyBytes;
    let record = recordBytes(known ? slot.index : this.#keys, dataBytes);
    if (hashKey !== undefined) {
      const index = this.#hashKeys?.get(hashKey);
      if (index === undefined) tableEntries += 1 + varintBytes(hashKey.length) + hashKey.length;
      record += 1 + varintBytes(index ?? this.#hashKeys?.size ?? 0);
    }
    return this.length + tableEntries + 1 + varintBytes(record) + record + DIGEST_BYTES;
  }

  /**
   * Appends one user record if the finished Kinesis record then fits into the buffer.
   * @param data strings are written as UTF-8
   * @returns false, with nothing changed, if it does not fit
   * @throws {ProducerError} INVALID_KEY, with nothing changed, if the explicit hash key is not valid
   */
  append(slot: KeySlot, data: Uint8Array | string, hashKey?: string): boolean {
    const { bytes } = this;
    if (hashKey !== undefined && !this.#hashKeys?.has(hashKey)) checkHashKey(hashKey);
    const most = typeof data === 'string' ? data.length * MOST_UTF8_BYTES : data.length;
    if (this.length + slot.bytes.length + most + MOST_AROUND > bytes.length) {
      if (this.sizeWith(slot, dataBytesOf(data), hashKey) > bytes.length) return false;
    }
    if (slot.encoder !== this.#id) this.#addKey(slot);
    const hashKeyIndex = hashKey === undefined ? -1 : this.#hashKeyIndex(hashKey);
    // Assume ASCII, one byte per character. If the text turns out longer, write header and text again.
    let dataBytes = data.length;
    let at = this.#writeHeader(slot.index, hashKeyIndex, dataBytes);
    if (typeof data !== 'string') bytes.set(data, at);
    else {
      const written = bytes.write(data, at);
      if (written !== dataBytes) {
        dataBytes = written;
        at = this.#writeHeader(slot.index, hashKeyIndex, dataBytes);
        bytes.write(data, at);
      }
    }
    if (this.records++ === 0) {
      this.firstKey = slot.key;
      this.firstHashKey = hashKey;
      this.#firstData = at;
    }
    this.length = at + dataBytes;
    return true;
  }

  #addKey(slot: KeySlot): void {
    slot.encoder = this.#id;
    slot.index = this.#keys++;
    this.bytes[this.length] = TAG_PARTITION_KEY;
    const at = writeVarint(this.bytes, this.length + 1, slot.bytes.length);
    this.bytes.set(slot.bytes, at);
    this.length = at + slot.bytes.length;
  }

  #hashKeyIndex(hashKey: string): number {
    this.#hashKeys ??= new Map();
    const known = this.#hashKeys.get(hashKey);
    if (known !== undefined) return known;
    const index = this.#hashKeys.size;
    this.#hashKeys.set(hashKey, index);
    this.bytes[this.length] = TAG_EXPLICIT_HASH_KEY;
    const at = writeVarint(this.bytes, this.length + 1, hashKey.length);
    this.length = at + this.bytes.write(hashKey, at, 'latin1');
    return index;
  }

  /** @returns offset of the data */
  #writeHeader(keyIndex: number, hashKeyIndex: number, dataBytes: number): number {
    const { bytes } = this;
    const record = recordBytes(keyIndex, dataBytes) + (hashKeyIndex < 0 ? 0 : 1 + varintBytes(hashKeyIndex));
    let at = this.length;
    bytes[at++] = TAG_RECORD;
    at = writeVarint(bytes, at, record);
    bytes[at++] = TAG_KEY_INDEX;
    at = writeVarint(bytes, at, keyIndex);
    if (hashKeyIndex >= 0) {
      bytes[at++] = TAG_HASH_KEY_INDEX;
      at = writeVarint(bytes, at, hashKeyIndex);
    }
    bytes[at++] = TAG_DATA;
    return writeVarint(bytes, at, dataBytes);
  }

  /** Moves to a larger buffer. @returns the old one */
  moveTo(buffer: ArrayBufferLike): ArrayBufferLike {
    const left = this.bytes.buffer;
    const larger = Buffer.from(buffer);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    return left;
  }

  /**
   * Payload range of a lone user record, which is sent plain, as the KPL does. Undefined for several records, and for a
   * payload that starts with the magic bytes: a consumer would try to deaggregate it.
   */
  plainRange(): { start: number; end: number } | undefined {
    if (this.records !== 1) return undefined;
    if (startsWithMagic(this.bytes.subarray(this.#firstData, this.length))) return undefined;
    return { start: this.#firstData, end: this.length };
  }

  /** The digested bytes: all after the magic. */
  get message(): Uint8Array {
    return this.bytes.subarray(MAGIC_BYTES, this.length);
  }

  /** The finished aggregated record: a view of the buffer, valid until the next `append` or reuse of the buffer. */
  seal(): Buffer {
    return this.sealWith(md5Of(this.message));
  }

  /** Like {@link seal}, with a digest computed by {@link sealAll}. */
  sealWith(digest: Uint8Array): Buffer {
    const { bytes, length } = this;
    bytes.set(digest, length);
    return bytes.subarray(0, length + DIGEST_BYTES);
  }
}

/** Finishes several aggregated records. Faster than one by one: their digests are computed in parallel (SIMD). */
export function sealAll(encoders: readonly AggregateEncoder[]): Buffer[] {
  const digests = md5OfAll(encoders.map(({ message }) => message));
  return encoders.map((encoder, i) => encoder.sealWith(digests[i] ?? md5Of(encoder.message)));
}

/**
 * Aggregates user records into one Kinesis record, for tests and for callers that send records themselves.
 * @param expectedBytes initial size of the buffer, which grows as needed
 * @throws {ProducerError} INVALID_KEY, INVALID_DATA, as `put` does
 */
export function aggregate(
  records: Iterable<{ partitionKey: string; data: Uint8Array | string; explicitHashKey?: string | undefined }>,
  expectedBytes = 4_096,
): Buffer {
  const slots = new Map<string, KeySlot>();
  const encoder = new AggregateEncoder(new ArrayBuffer(Math.max(expectedBytes, MAGIC_BYTES + DIGEST_BYTES)));
  let slot: KeySlot | undefined;
  for (const { partitionKey, data, explicitHashKey } of records) {
    checkData(data);
    if (slot?.key !== partitionKey) {
      slot = slots.get(partitionKey) ?? newKeySlot(partitionKey);
      slots.set(partitionKey, slot);
    }
    if (encoder.append(slot, data, explicitHashKey)) continue;
    encoder.moveTo(new ArrayBuffer(2 * encoder.sizeWith(slot, dataBytesOf(data), explicitHashKey)));
    encoder.append(slot, data, explicitHashKey);
  }
  return encoder.seal();
}

/** Size of a finished aggregate that holds only this user record. */
export function loneRecordBytes(slot: KeySlot, dataBytes: number, hashKey?: string): number {
  const keyBytes = slot.bytes.length;
  const hashKeyEntry = hashKey === undefined ? 0 : 1 + varintBytes(hashKey.length) + hashKey.length;
  const record = recordBytes(0, dataBytes) + (hashKey === undefined ? 0 : 2);
  const tables = 1 + varintBytes(keyBytes) + keyBytes + hashKeyEntry;
  return MAGIC_BYTES + tables + 1 + varintBytes(record) + record + DIGEST_BYTES;
}

/** @throws {ProducerError} INVALID_DATA */
export function checkData(data: unknown): void {
  if (typeof data === 'string' || isUint8Array(data)) return;
  throw new ProducerError('INVALID_DATA', `Data is of type ${kindOf(data)}.`);
}

export function dataBytesOf(data: Uint8Array | string): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}

function recordBytes(keyIndex: number, dataBytes: number): number {
  return 1 + varintBytes(keyIndex) + 1 + varintBytes(dataBytes) + dataBytes;
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}
