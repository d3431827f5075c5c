import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import type { Logger } from 'pino';
import { ArchiveFile } from './archive-file.js';

export interface DeliveryOptions {
  store: Pick<ObjectStore, 'put'>;
  /** Size at which a file is written, bytes before compression. */
  fileBytes: number;
  /** Time after its first record at which a file is written at the latest, ms. */
  fileMs: number;
  logger: Pick<Logger, 'warn'>;
}

/** Limit of files waiting for the store; above it no records are accepted (backpressure). */
const MOST_WAITING = 4;

/**
 * Collects records of a stream into files, as a delivery stream of Firehose with RecordDeAggregation and
 * AppendDelimiterToRecord. Failed writes are retried; while too many files wait, no records are accepted.
 */
export class DeliveryStream {
  readonly #kind: ArchivedKind;
  readonly #options: DeliveryOptions;
  /** Files to write, oldest first. */
  readonly #due: ArchiveFile[] = [];
  #open: ArchiveFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(kind: ArchivedKind, options: DeliveryOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** Accepts a batch. Rejects, keeping nothing of it, while the store fails and too many files wait. */
  async take({ Records }: KinesisStreamEvent): Promise<void> {
    if (this.#due.length >= MOST_WAITING) await this.#writeDue();
    for (const { kinesis } of Records) {
      const arrivedAt = new Date(kinesis.approximateArrivalTimestamp * 1_000);
      const bytes = Buffer.from(kinesis.data, 'base64');
      for (const { data } of deaggregate(bytes, kinesis.partitionKey)) {
        this.#file().add(data, arrivedAt);
        if (this.#file().bytes >= this.#options.fileBytes) this.#close();
      }
    }
    if (this.#due.length > 0) await this.#writeDue().catch(() => this.#flushLater());
  }

  /** Writes everything accepted so far. Rejects with errors of the store; nothing is lost, so it can be called again. */
  async flush(): Promise<void> {
    this.#close();
    await this.#writeDue();
  }

  #file(): ArchiveFile {
    this.#open ??= new ArchiveFile(this.#kind);
    this.#flushLater();
    return this.#open;
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#open !== undefined) this.#due.push(this.#open);
    this.#open = undefined;
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => this.#flushLater()), this.#options.fileMs);
  }

  /** Serializes writes, so that no file is written twice. */
  #writeDue(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let file = this.#due[0]; file !== undefined; file = this.#due[0]) {
      try {
        await this.#options.store.put(file.key, await file.content());
      } catch (error) {
        this.#options.logger.warn({ err: error, key: file.key }, 'cannot write a file of the archive; retrying later');
        throw error;
      }
      this.#due.shift();
    }
    if (this.#open !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
