import { gzipSync } from 'node:zlib';
import { type ArchivedKind, archiveFolder } from '../layout.js';
import type { ObjectStore } from '../object-store.js';

/** A bucket in memory whose next writes can be made to fail. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  /** Number of writes that still fail. */
  failures = 0;

  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the bucket is away');
    }
    this.objects.set(key, bytes);
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<string> {
    for (const key of Array.from(this.objects.keys()).sort()) if (key.startsWith(prefix) && key > startAfter) yield key;
  }

  async get(key: string): Promise<Uint8Array> {
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new Error(`${key} does not exist`);
    return bytes;
  }

  /** Adds a file of documents, one a line, named as Firehose does. */
  add(kind: ArchivedKind, arrivedAt: string, documents: readonly unknown[]): void {
    const lines = documents.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
    this.objects.set(
      `${archiveFolder(kind, new Date(arrivedAt))}file-${this.objects.size}.gz`,
      gzipSync(lines.join('')),
    );
  }
}
