import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ArchivedKind, archiveFolder } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import type { Logger } from 'pino';

export interface DeliveryOptions {
  store: Pick<ObjectStore, 'put'>;
  /** Size at which a file is written, bytes before compression. */
  fileBytes: number;
  /** Longest time from a file's first record to its write, ms. */
  fileMs: number;
  logger: Pick<Logger, 'warn'>;
  /** Called when a file is full. The result is called once the store holds it and all earlier files. */
  onClosed?(): () => Promise<void>;
}

/** Limit of files waiting for the store; above it no records are accepted (backpressure). */
const MOST_WAITING = 4;

/** Collects records into files, like Firehose with RecordDeAggregation and AppendDelimiterToRecord. Retries writes. */
export class DeliveryStream {
  readonly #kind: ArchivedKind;
  readonly #options: DeliveryOptions;
  /** Files to write, oldest first. */
  readonly #toWrite: { file: ArchiveFile; onWritten: (() => Promise<void>) | undefined }[] = [];
  #open: ArchiveFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(kind: ArchivedKind, options: DeliveryOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** Accepts a batch. Rejects, keeping nothing of it, while the store fails and too many files wait. */
  async take({ Records }: KinesisStreamEvent): Promise<void> {
    if (this.#toWrite.length >= MOST_WAITING) await this.#writeFiles();
    for (const { kinesis } of Records) {
      const arrivedAt = new Date(kinesis.approximateArrivalTimestamp * 1_000);
      const bytes = Buffer.from(kinesis.data, 'base64');
      for (const { data } of deaggregate(bytes, kinesis.partitionKey)) {
        this.#file().add(data, arrivedAt);
        if (this.#file().bytes >= this.#options.fileBytes) this.#close();
      }
    }
    if (this.#toWrite.length > 0) await this.#writeFiles().catch(() => this.#flushLater());
  }

  /** Writes everything accepted so far. Rejects with errors of the store; nothing is lost, so it can be called again. */
  async flush(): Promise<void> {
    this.#close();
    await this.#writeFiles();
  }

  #file(): ArchiveFile {
    this.#open ??= new ArchiveFile(this.#kind);
    this.#flushLater();
    return this.#open;
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#open !== undefined) this.#toWrite.push({ file: this.#open, onWritten: this.#options.onClosed?.() });
    this.#open = undefined;
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => this.#flushLater()), this.#options.fileMs);
  }

  /** Serializes writes, so that no file is written twice. */
  #writeFiles(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let next = this.#toWrite[0]; next !== undefined; next = this.#toWrite[0]) {
      const { file, onWritten } = next;
      try {
        await this.#options.store.put(file.key, await file.content());
        await onWritten?.();
      } catch (error) {
        this.#options.logger.warn({ err: error, key: file.key }, 'cannot write a file of the archive; retrying later');
        throw error;
      }
      this.#toWrite.shift();
    }
    if (this.#open !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

const NEWLINE = Uint8Array.of(0x0a);
const zip = promisify(gzip);

/** File that still collects records. */
class ArchiveFile {
  readonly #kind: ArchivedKind;
  readonly #id = randomUUID();
  readonly #chunks: Uint8Array[] = [];
  /** Size before compression, as Firehose counts it. */
  bytes = 0;
  #oldest: Date | undefined;

  constructor(kind: ArchivedKind) {
    this.#kind = kind;
  }

  /** Adds a record. @param data copied, so the caller may reuse it */
  add(data: Uint8Array, arrivedAt: Date): void {
    this.#chunks.push(Uint8Array.from(data), NEWLINE);
    this.bytes += data.length + 1;
    if (this.#oldest === undefined || arrivedAt < this.#oldest) this.#oldest = arrivedAt;
  }

  /**
   * DELIVERY-STREAM-VERSION-YYYY-MM-DD-HH-MM-SS-UUID.gz, version 1, in the folder of its oldest record. Stable: a retry
   * overwrites the file. https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
   */
  get key(): string {
    const began = this.#oldest ?? new Date(0);
    const time = began.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
    return `${archiveFolder(this.#kind, began)}swipegate-${this.#kind}-1-${time}-${this.#id}.gz`;
  }

  /** Gzipped content, one record per line. */
  content(): Promise<Uint8Array> {
    return zip(Buffer.concat(this.#chunks));
  }
}
