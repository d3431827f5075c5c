import { createHash } from 'node:crypto';

const HASH_KEYS = 2n ** 128n;
const REMEMBERED_KEYS = 65_536;

/** A shard as the ListShards API returns it. */
export interface ListedShard {
  ShardId: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  SequenceNumberRange: { StartingSequenceNumber: string };
}

/**
 * The open shards of a stream with evenly split hash keys. Independent of the producer's own shard map, so that a
 * mistake there is found.
 */
export class EvenShards {
  readonly ids: readonly string[];
  readonly #count: bigint;
  readonly #known = new Map<string, number>();

  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, i) => `shardId-${String(i).padStart(12, '0')}`);
    this.#count = BigInt(count);
  }

  list(): ListedShard[] {
    return this.ids.map((ShardId, i) => ({
      ShardId,
      HashKeyRange: {
        StartingHashKey: this.#start(BigInt(i)).toString(),
        EndingHashKey: (this.#start(BigInt(i) + 1n) - 1n).toString(),
      },
      SequenceNumberRange: { StartingSequenceNumber: '0' },
    }));
  }

  /** Index of the shard that takes a record: by its explicit hash key, else by the MD5 of its partition key. */
  indexOf(partitionKey: string, explicitHashKey: string | undefined): number {
    const name = explicitHashKey === undefined ? `k${partitionKey}` : `h${explicitHashKey}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const hashKey =
      explicitHashKey === undefined
        ? BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`)
        : BigInt(explicitHashKey);
    const index = Number((hashKey * this.#count) / HASH_KEYS);
    if (this.#known.size >= REMEMBERED_KEYS) this.#known.clear();
    this.#known.set(name, index);
    return index;
  }

  /** The smallest hash key of shard `index`, rounded up so that {@link indexOf} is a plain division. */
  #start(index: bigint): bigint {
    return (index * HASH_KEYS + this.#count - 1n) / this.#count;
  }
}
