/**
 * The KPL aggregated record (awslabs/amazon-kinesis-producer, aggregation-format.md):
 *
 *     0       4                   N          N+16
 *     +-------+===================+-----------+
 *     | magic | protobuf message  | MD5 of it |
 *     +-------+===================+-----------+
 *
 *     message AggregatedRecord { repeated string partition_key_table = 1;
 *                                repeated string explicit_hash_key_table = 2;
 *                                repeated Record records = 3; }
 *     message Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
 *                      required bytes data = 3; repeated Tag tags = 4; }
 */
export const MAGIC: readonly number[] = [0xf3, 0x89, 0x9a, 0xc2];
export const MAGIC_BYTES = 4;
export const DIGEST_BYTES = 16;

// Protobuf tags: field number << 3 | wire type.
export const TAG_PARTITION_KEY = (1 << 3) | 2;
export const TAG_EXPLICIT_HASH_KEY = (2 << 3) | 2;
export const TAG_RECORD = (3 << 3) | 2;
export const TAG_KEY_INDEX = 1 << 3;
export const TAG_HASH_KEY_INDEX = 2 << 3;
export const TAG_DATA = (3 << 3) | 2;

export function startsWithMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}
