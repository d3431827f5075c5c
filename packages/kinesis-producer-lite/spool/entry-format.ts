import { createHash } from 'node:crypto';

/**
 * One entry of a segment file. Numbers are big-endian.
 *
 *     length u32 | kind u8 | id u64 | first hash key u128 | last hash key u128 | MD5 of the rest, 16 bytes | payload
 *
 * A `records` entry holds user records as a KPL aggregate without digest, and the hash key range of their shard. A
 * `stored` entry has no payload: it records that the entry with that id is in the stream.
 */
export type EntryKind = 'records' | 'stored';

export interface EntryHeader {
  kind: EntryKind;
  id: number;
  start: bigint;
  end: bigint;
}

export interface FoundEntry extends EntryHeader {
  /** Offset and length of the payload in the file, in bytes. */
  offset: number;
  length: number;
}

const KINDS: readonly EntryKind[] = ['records', 'stored'];
const DIGEST_AT = 45;
export const HEADER_BYTES = DIGEST_AT + 16;

/** Writes an entry at `at`. @returns offset of its end */
export function writeEntry(target: Buffer, at: number, header: EntryHeader, payload: Uint8Array): number {
  target.writeUInt32BE(payload.length, at);
  target.writeUInt8(KINDS.indexOf(header.kind), at + 4);
  target.writeBigUInt64BE(BigInt(header.id), at + 5);
  writeHashKey(target, at + 13, header.start);
  writeHashKey(target, at + 29, header.end);
  const end = at + HEADER_BYTES + payload.length;
  target.set(payload, at + HEADER_BYTES);
  target.set(digestOf(target.subarray(at, end)), at + DIGEST_AT);
  return end;
}

/** Reads the entry at `at`. Undefined at the end of the file, or if the entry is torn or damaged. */
export function readEntry(source: Buffer, at: number): FoundEntry | undefined {
  if (source.length - at < HEADER_BYTES) return undefined;
  const length = source.readUInt32BE(at);
  const kind = KINDS[source.readUInt8(at + 4)];
  const end = at + HEADER_BYTES + length;
  if (kind === undefined || end > source.length) return undefined;
  const digest = source.subarray(at + DIGEST_AT, at + HEADER_BYTES);
  if (!digestOf(source.subarray(at, end)).equals(digest)) return undefined;
  return {
    kind,
    id: Number(source.readBigUInt64BE(at + 5)),
    start: readHashKey(source, at + 13),
    end: readHashKey(source, at + 29),
    offset: at + HEADER_BYTES,
    length,
  };
}

/** Digest of an entry, without its digest field. */
function digestOf(entry: Buffer): Buffer {
  return createHash('md5').update(entry.subarray(0, DIGEST_AT)).update(entry.subarray(HEADER_BYTES)).digest();
}

function writeHashKey(target: Buffer, at: number, hashKey: bigint): void {
  target.writeBigUInt64BE(hashKey >> 64n, at);
  target.writeBigUInt64BE(hashKey & 0xffff_ffff_ffff_ffffn, at + 8);
}

function readHashKey(source: Buffer, at: number): bigint {
  return (source.readBigUInt64BE(at) << 64n) | source.readBigUInt64BE(at + 8);
}
