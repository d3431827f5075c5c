import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ArchivedKind, archiveFolder } from '@swipegate/lambdas/stores/archive/layout';

/** Part of Firehose's file names; a new delivery stream has version 1. */
const DELIVERY_STREAM_VERSION = 1;
const NEWLINE = Uint8Array.of(0x0a);
const zip = promisify(gzip);

/** File of the archive that is still collecting records. */
export class ArchiveFile {
  readonly #kind: ArchivedKind;
  readonly #id = randomUUID();
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #oldest: Date | undefined;

  constructor(kind: ArchivedKind) {
    this.#kind = kind;
  }

  /** Size before compression, as Firehose counts it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a record. @param data copied, so the caller may reuse it */
  add(data: Uint8Array, arrivedAt: Date): void {
    this.#parts.push(Uint8Array.from(data), NEWLINE);
    this.#bytes += data.length + 1;
    if (this.#oldest === undefined || arrivedAt < this.#oldest) this.#oldest = arrivedAt;
  }

  /**
   * DELIVERY-STREAM-VERSION-YYYY-MM-DD-HH-MM-SS-UUID.gz in the folder of its oldest record. The key is stable, so a retried
   * write overwrites the same file. https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
   */
  get key(): string {
    const began = this.#oldest ?? new Date(0);
    const time = began.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
    const name = `swipegate-${this.#kind}-${DELIVERY_STREAM_VERSION}-${time}-${this.#id}.gz`;
    return `${archiveFolder(this.#kind, began)}${name}`;
  }

  /** Gzipped content, one record per line. */
  content(): Promise<Uint8Array> {
    return zip(Buffer.concat(this.#parts));
  }
}
