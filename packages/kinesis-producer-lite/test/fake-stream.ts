import type { RecordDistribution } from '../api/options.js';
import type { StreamReceipt } from '../api/receipts.js';
import { contains, hashKeyOf, type Shard } from '../api/shard-map.js';
import { deaggregate, effectiveHashKey } from '../format/deaggregate.js';
import { MAGIC_BYTES } from '../format/kpl-format.js';
import { md5Of } from '../format/md5/md5.js';
import type { CallRecord, Outcome, StreamSummary, Transport } from '../send/transport.js';
import { evenShards } from './scripted-transport.js';

/** A Kinesis record in the stream. */
interface Held {
  shard: Shard;
  users: { text: string; hashKey: bigint }[];
  aggregated: boolean;
}

/** A stream in memory that places records as Kinesis does, by their keys or by AUTO, and refuses some of them. */
export class FakeStream implements Transport {
  distribution: RecordDistribution = 'USER_PARTITION_KEY';
  /** Whether DescribeStreamSummary may be called. */
  isDescribable = true;
  /** Probability that a record, or a whole call, is refused, and that a stored call is not answered: 0 to 1 each. */
  faults = { record: 0, call: 0, answer: 0 };
  descriptions = 0;
  #shards: Shard[];
  readonly #held = new Map<string, Held>();
  readonly #random: () => number;

  constructor(shards: number, random: () => number) {
    this.#shards = evenShards(shards);
    this.#random = random;
  }

  get #open(): Shard[] {
    return this.#shards.filter(({ open }) => open);
  }

  /** Splits an open shard in two. */
  split(): void {
    const shard = this.#pick(this.#open);
    if (!shard || shard.end - shard.start < 2n) return;
    const middle = (shard.start + shard.end) / 2n;
    this.#shards = [
      ...this.#shards.map((each) => (each === shard ? { ...each, open: false } : each)),
      { ...shard, id: `${shard.id}a`, end: middle },
      { ...shard, id: `${shard.id}b`, start: middle + 1n },
    ];
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  async putRecords(records: CallRecord[]): Promise<Outcome[]> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#random() < this.faults.call) return records.map(() => refusal);
    const outcomes = records.map((record) => (this.#random() < this.faults.record ? refusal : this.#store(record)));
    if (this.#random() < this.faults.answer) return records.map(() => ({ ...refusal, cause: 'timeout' }));
    return outcomes;
  }

  #store({ memory, start, end, aggregated, partitionKey, explicitHashKey }: CallRecord): Outcome {
    const bytes = Buffer.from(Buffer.from(memory, start, end - start));
    const data = aggregated ? Buffer.concat([bytes, md5Of(bytes.subarray(MAGIC_BYTES))]) : bytes;
    const users = deaggregate(data, partitionKey, explicitHashKey).map((user) => ({
      text: Buffer.from(user.data).toString(),
      hashKey: effectiveHashKey(user),
    }));
    const hashKey = explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
    const shard =
      this.distribution === 'AUTO' ? this.#pick(this.#open) : this.#open.find((each) => contains(each, hashKey));
    if (!shard) return refusal;
    const sequenceNumber = String(this.#held.size);
    this.#held.set(sequenceNumber, { shard, users, aggregated });
    return { stored: true, shardId: shard.id, sequenceNumber };
  }

  /** Texts that a KCL consumer delivers from a place: none of an aggregate of which a record lies outside its shard. */
  delivered({ shardId, sequenceNumber }: StreamReceipt): string[] {
    const held = this.#held.get(sequenceNumber);
    if (held?.shard.id !== shardId) return [];
    const { shard, users, aggregated } = held;
    const isWhole = !aggregated || users.every(({ hashKey }) => contains(shard, hashKey));
    return isWhole ? users.map(({ text }) => text) : [];
  }

  /** Texts that a KCL consumer delivers, each with the number of its copies. */
  get copies(): Map<string, number> {
    const copies = new Map<string, number>();
    for (const [sequenceNumber, { shard }] of this.#held) {
      for (const text of this.delivered({ durable: 'stream', shardId: shard.id, sequenceNumber })) {
        copies.set(text, (copies.get(text) ?? 0) + 1);
      }
    }
    return copies;
  }

  async listShards(): Promise<Shard[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#shards;
  }

  async describe(): Promise<StreamSummary> {
    this.descriptions += 1;
    if (this.isDescribable) return { mode: 'ON_DEMAND', distribution: this.distribution };
    return { failure: { cause: 'credentials', message: 'AccessDeniedException: by the fake' } };
  }

  async close(): Promise<void> {}
}

const refusal: Outcome = { stored: false, cause: 'throttled', message: 'refused by the fake' };
