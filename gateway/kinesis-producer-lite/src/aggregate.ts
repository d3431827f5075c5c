import { createHash } from 'node:crypto';
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

/**
 * A partition key, and where it stands in the key table of the encoder it was last used with. Kept by the caller, one a key:
 * a key is turned into bytes once, not once a record. It names the encoder by number, so that a remembered key does not
 * keep a spent buffer alive.
 */
export interface KeySlot {
  readonly key: string;
  /** UTF-8. */
  readonly bytes: Uint8Array;
  encoder: number;
  index: number;
}

export function newKeySlot(key: string): KeySlot {
  return { key, bytes: Buffer.from(key), encoder: 0, index: 0 };
}

let encoders = 0;

/**
 * Writes user records straight into one buffer in the KPL's aggregated format, with no object a record.
 *
 * Protobuf lets repeated fields interleave, so a key's table entry is written just before the first record that uses
 * it, and the message is complete after every append; only the digest is missing.
 */
export class AggregateEncoder {
  bytes: Buffer;
  readonly #id = ++encoders;
  /** Bytes in use: magic and message, without the digest. */
  length = MAGIC_BYTES;
  records = 0;
  firstKey = '';
  /** The explicit hash key of the first record, if it has one. */
  firstHashKey: string | undefined;
  #keys = 0;
  /** Explicit hash keys by their place in the table. Few callers give any. */
  #hashKeys: Map<string, number> | undefined;
  #firstData = 0;

  constructor(buffer: ArrayBufferLike) {
    this.bytes = Buffer.from(buffer);
    this.bytes.set(MAGIC);
  }

  /** Bytes that the finished Kinesis record would have after `append` with the same arguments, digest included. */
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

  /** Appends one user record. The caller has made room: `sizeWith(...) <= bytes.length`. */
  append(slot: KeySlot, data: Uint8Array | string, dataBytes: number, hashKey?: string): void {
    const { bytes } = this;
    let at = this.length;
    if (slot.encoder !== this.#id) {
      slot.encoder = this.#id;
      slot.index = this.#keys++;
      bytes[at++] = TAG_PARTITION_KEY;
      at = writeVarint(bytes, at, slot.bytes.length);
      bytes.set(slot.bytes, at);
      at += slot.bytes.length;
    }
    let record = recordBytes(slot.index, dataBytes);
    let hashKeyIndex: number | undefined;
    if (hashKey !== undefined) {
      this.#hashKeys ??= new Map();
      hashKeyIndex = this.#hashKeys.get(hashKey);
      if (hashKeyIndex === undefined) {
        hashKeyIndex = this.#hashKeys.size;
        this.#hashKeys.set(hashKey, hashKeyIndex);
        bytes[at++] = TAG_EXPLICIT_HASH_KEY;
        at = writeVarint(bytes, at, hashKey.length);
        at += bytes.write(hashKey, at, 'latin1');
      }
      record += 1 + varintBytes(hashKeyIndex);
    }
    bytes[at++] = TAG_RECORD;
    at = writeVarint(bytes, at, record);
    bytes[at++] = TAG_KEY_INDEX;
    at = writeVarint(bytes, at, slot.index);
    if (hashKeyIndex !== undefined) {
      bytes[at++] = TAG_HASH_KEY_INDEX;
      at = writeVarint(bytes, at, hashKeyIndex);
    }
    bytes[at++] = TAG_DATA;
    at = writeVarint(bytes, at, dataBytes);
    if (this.records++ === 0) {
      this.firstKey = slot.key;
      this.firstHashKey = hashKey;
      this.#firstData = at;
    }
    if (typeof data === 'string') bytes.write(data, at, 'utf8');
    else bytes.set(data, at);
    this.length = at + dataBytes;
  }

  /** Goes on in a larger buffer. Returns the one it leaves. */
  moveTo(buffer: ArrayBufferLike): ArrayBufferLike {
    const left = this.bytes.buffer;
    const larger = Buffer.from(buffer);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    return left;
  }

  /**
   * Where the payload of a lone user record lies, which is sent as it is, as the KPL does. Undefined for several
   * records, and for one whose own bytes look like an aggregate: plain, a consumer would take it apart.
   */
  plainRange(): { start: number; end: number } | undefined {
    if (this.records !== 1) return undefined;
    if (startsWithMagic(this.bytes.subarray(this.#firstData, this.length))) return undefined;
    return { start: this.#firstData, end: this.length };
  }

  /** The finished aggregated record: a view of the buffer, good until the next `append` or the buffer's next use. */
  seal(): Buffer {
    const { bytes, length } = this;
    bytes.set(digestOf(bytes.subarray(MAGIC_BYTES, length)), length);
    return bytes.subarray(0, length + DIGEST_BYTES);
  }
}

/** What ends an aggregate: the MD5 of its message, magic not included. */
export function digestOf(message: Uint8Array): Buffer {
  return createHash('md5').update(message).digest();
}

/** Aggregates user records into one Kinesis record, for tests and for callers that send by themselves. */
export function aggregate(
  records: Iterable<{ partitionKey: string; data: Uint8Array | string; explicitHashKey?: string | undefined }>,
): Buffer {
  const slots = new Map<string, KeySlot>();
  const encoder = new AggregateEncoder(new ArrayBuffer(4096));
  for (const { partitionKey, data, explicitHashKey } of records) {
    const slot = slots.get(partitionKey) ?? newKeySlot(partitionKey);
    slots.set(partitionKey, slot);
    const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const size = encoder.sizeWith(slot, dataBytes, explicitHashKey);
    if (size > encoder.bytes.length) encoder.moveTo(new ArrayBuffer(size * 2));
    encoder.append(slot, data, dataBytes, explicitHashKey);
  }
  return encoder.seal();
}

/** Bytes of a finished aggregate that holds this user record alone. */
export function loneRecordBytes(slot: KeySlot, dataBytes: number, hashKey?: string): number {
  const keyBytes = slot.bytes.length;
  const hashKeyEntry = hashKey === undefined ? 0 : 1 + varintBytes(hashKey.length) + hashKey.length;
  const record = recordBytes(0, dataBytes) + (hashKey === undefined ? 0 : 2);
  const tables = 1 + varintBytes(keyBytes) + keyBytes + hashKeyEntry;
  return MAGIC_BYTES + tables + 1 + varintBytes(record) + record + DIGEST_BYTES;
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
