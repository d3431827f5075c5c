import { md5Hex } from '../format/md5/md5.js';

export const MAX_HASH_KEY = 2n ** 128n - 1n;

/** Inclusive at both ends. */
export interface HashKeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** A shard as reported by ListShards. */
export interface Shard extends HashKeyRange {
  readonly id: string;
  readonly open: boolean;
}

export function contains(range: HashKeyRange, hashKey: bigint): boolean {
  return hashKey >= range.start && hashKey <= range.end;
}

/** The hash key by which Kinesis places a partition key. */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${md5Hex(partitionKey)}`);
}

/** Maps partition keys to open shards. */
export class ShardMap {
  /** Sorted by hash key. Together they cover every hash key exactly once. */
  readonly open: readonly Shard[];
  readonly #byId: ReadonlyMap<string, Shard>;
  // Upper 48 bits of each start, which a double holds exactly. Only one key in 2^48 needs a BigInt comparison.
  readonly #starts48: Float64Array;

  /** @throws {RangeError} if the open shards leave a gap or overlap, as can briefly happen during a reshard */
  constructor(shards: readonly Shard[]) {
    this.#byId = new Map(shards.map((shard) => [shard.id, shard]));
    this.open = shards.filter((shard) => shard.open).sort((a, b) => (a.start < b.start ? -1 : 1));
    let expected = 0n;
    for (const shard of this.open) {
      if (shard.start !== expected) throw new RangeError(`Open shards do not meet at hash key ${expected}.`);
      expected = shard.end + 1n;
    }
    if (expected !== MAX_HASH_KEY + 1n) throw new RangeError(`Open shards do not meet at hash key ${expected}.`);
    this.#starts48 = Float64Array.from(this.open, (shard) => Number(shard.start >> 80n));
  }

  /** A shard by id, open or closed. */
  get(shardId: string): Shard | undefined {
    return this.#byId.get(shardId);
  }

  get all(): Iterable<Shard> {
    return this.#byId.values();
  }

  /** Index in `open` of the shard for a partition key. */
  indexOf(partitionKey: string): number {
    const hex = md5Hex(partitionKey);
    const high = Number.parseInt(hex.slice(0, 12), 16);
    const starts = this.#starts48;
    let low = 0;
    let past = starts.length;
    while (past - low > 1) {
      const middle = (low + past) >>> 1;
      if ((starts[middle] ?? Number.POSITIVE_INFINITY) <= high) low = middle;
      else past = middle;
    }
    return starts[low] === high ? this.indexOfHashKey(BigInt(`0x${hex}`)) : low;
  }

  /** Index in `open` of the shard for a hash key. */
  indexOfHashKey(hashKey: bigint): number {
    let low = 0;
    let past = this.open.length;
    while (past - low > 1) {
      const middle = (low + past) >>> 1;
      const shard = this.open[middle];
      if (shard && shard.start <= hashKey) low = middle;
      else past = middle;
    }
    return low;
  }
}
