import { md5Hex } from '../format/hash-key.js';

export const MAX_HASH_KEY = 2n ** 128n - 1n;

/** Both ends belong to it. */
export interface HashKeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** A shard as ListShards tells of it. */
export interface Shard extends HashKeyRange {
  readonly id: string;
  readonly open: boolean;
}

export function contains(range: HashKeyRange, hashKey: bigint): boolean {
  return hashKey >= range.start && hashKey <= range.end;
}

/** Which open shard takes which partition key. */
export class ShardMap {
  /** By rising hash key; together they cover every hash key exactly once. */
  readonly open: readonly Shard[];
  readonly #byId: ReadonlyMap<string, Shard>;
  // A double holds 48 bits exactly, which decides all but one key in 2^48 without a BigInt.
  readonly #starts48: Float64Array;

  /** @throws {RangeError} when the open shards leave a gap or overlap, as they may for a moment amid a reshard. */
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

  /** A shard by its id, closed ones included. */
  get(shardId: string): Shard | undefined {
    return this.#byId.get(shardId);
  }

  /** Closed ones included. */
  get all(): Iterable<Shard> {
    return this.#byId.values();
  }

  /** The index in `open` of the shard that takes this partition key. */
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

  /** The same by hash key, exactly. */
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
