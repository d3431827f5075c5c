import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { type ArchivedKind, dayFolder } from './layout.js';
import type { ObjectStore } from './object-store.js';

/** Days of arrival on the stream, in UTC, such as 2026-11-25. Both are inclusive; undefined means no limit. */
export interface Days {
  from?: string | undefined;
  until?: string | undefined;
}

/** A file of the archive is not in the format of Firehose and the archiver. */
export class ArchiveFileError extends Error {
  override readonly name = 'ArchiveFileError';
  readonly code = 'ARCHIVE_FILE_UNREADABLE';
}

const NEWLINE = 0x0a;
const unzip = promisify(gunzip);

/** Yields the keys of the files of these days, in the order of the hours in which they were begun. */
export async function* archiveFiles(store: ObjectStore, kind: ArchivedKind, days: Days = {}): AsyncGenerator<string> {
  const first = days.from === undefined ? undefined : dayFolder(kind, days.from);
  const last = days.until === undefined ? undefined : dayFolder(kind, days.until);
  for await (const key of store.list(`${kind}/`, first)) {
    if (last !== undefined && key > last && !key.startsWith(last)) return;
    yield key;
  }
}

/**
 * Yields the archived JSON documents, each at least once, in no guaranteed order, with one file in memory at a time. A
 * line that is not JSON yields undefined. @throws {ArchiveFileError} like {@link unzipped}; also what the store throws
 */
export async function* readArchive(store: ObjectStore, kind: ArchivedKind, days: Days = {}): AsyncGenerator<unknown> {
  for await (const key of archiveFiles(store, kind, days)) {
    const text = await unzipped(key, await store.get(key));
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf(NEWLINE, start);
      const end = newline === -1 ? text.length : newline;
      if (end > start) yield jsonAttribute(text.subarray(start, end));
      start = end + 1;
    }
  }
}

/** Decompresses a file. @throws {ArchiveFileError} naming a file that is not gzip */
export async function unzipped(key: string, bytes: Uint8Array): Promise<Buffer> {
  try {
    return await unzip(bytes);
  } catch (error) {
    throw new ArchiveFileError(`The archive file ${key} is not complete gzip: repair or remove it.`, { cause: error });
  }
}
