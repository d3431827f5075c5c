import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import type { Logger } from 'pino';
import { ArchiveFile } from './archive-file.js';

export interface DeliveryOptions {
  store: Pick<ObjectStore, 'put'>;
  /** A file is written when it has so many bytes before compression, or so long after its first record, whichever is first. */
  fileBytes: number;
  fileMs: number;
  logger: Pick<Logger, 'warn'>;
}

/** Files that wait for the store; with more of them it takes nothing. */
const MOST_WAITING = 4;

/**
 * Collects what comes on a stream into files, as a delivery stream of Firehose does with RecordDeAggregation and
 * AppendDelimiterToRecord. A file that cannot be written is kept and written again; when too much waits, no more is taken.
 */
export class DeliveryStream {
  readonly #kind: ArchivedKind;
  readonly #options: DeliveryOptions;
  /** Full or due, oldest first. */
  readonly #due: ArchiveFile[] = [];
  #open: ArchiveFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(kind: ArchivedKind, options: DeliveryOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** Takes a batch, of which nothing is kept when it rejects: because the store takes no files, and enough of them wait. */
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

  /** Writes all that was taken. Rejects with what the store says: nothing is lost, and it may be called again. */
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

  /** One write at a time, so that none of them writes what another has just written. */
  #writeDue(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let file = this.#due[0]; file !== undefined; file = this.#due[0]) {
      try {
        await this.#options.store.put(file.key, await file.content());
      } catch (error) {
        this.#options.logger.warn(
          { err: error, key: file.key },
          'file of the archive could not be written; it is kept',
        );
        throw error;
      }
      this.#due.shift();
    }
    if (this.#open !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
