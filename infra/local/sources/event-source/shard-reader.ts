import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
} from '@aws-sdk/client-kinesis';

export interface Page {
  records: readonly KinesisRecord[];
  /** No records followed these at the time of the read. */
  atTip: boolean;
  /** The shard was closed by a reshard, and this is its last page. */
  atEnd: boolean;
}

/** Reads a shard from a position on. After an error the next read continues where the last page ended. */
export class ShardReader {
  readonly #kinesis: KinesisClient;
  readonly #streamName: string;
  readonly #shardId: string;
  #after: string | undefined;
  #iterator: string | undefined;

  /** @param after sequence number to start after; undefined starts with the oldest record */
  constructor(kinesis: KinesisClient, streamName: string, shardId: string, after: string | undefined) {
    this.#kinesis = kinesis;
    this.#streamName = streamName;
    this.#shardId = shardId;
    this.#after = after;
  }

  /** @param signal ends the read, which the local Kinesis holds while the shard is empty */
  async read(limit: number, signal?: AbortSignal): Promise<Page> {
    const iterator = this.#iterator ?? (await this.#newIterator());
    // If this read fails, the iterator may have expired: the next read creates a new one.
    this.#iterator = undefined;
    const answer = await this.#kinesis.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }),
      signal && { abortSignal: signal },
    );
    this.#iterator = answer.NextShardIterator;
    const records = answer.Records ?? [];
    this.#after = records.at(-1)?.SequenceNumber ?? this.#after;
    return { records, atTip: (answer.MillisBehindLatest ?? 0) === 0, atEnd: this.#iterator === undefined };
  }

  async #newIterator(): Promise<string | undefined> {
    const { ShardIterator } = await this.#kinesis.send(
      new GetShardIteratorCommand({
        StreamName: this.#streamName,
        ShardId: this.#shardId,
        ...(this.#after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: this.#after }),
      }),
    );
    return ShardIterator;
  }
}
