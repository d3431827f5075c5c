import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type ArchivedKind, dayFolder } from './layout.js';
import type { ObjectStore } from './object-store.js';

/** Days of the archive, both inside, such as 2026-11-25; undefined is without end. They are of arrival on the stream, in UTC. */
export interface Days {
  from?: string | undefined;
  until?: string | undefined;
}

/** A file of the archive is not what Firehose and the archiver write. */
export class ArchiveFileError extends Error {
  override readonly name = 'ArchiveFileError';
  readonly code = 'ARCHIVE_FILE_UNREADABLE';
}

const NEWLINE = 0x0a;
const unzip = promisify(gunzip);

/** Keys of the files of some days, in the order of the hours in which they were begun. */
export async function* archiveFiles(store: ObjectStore, kind: ArchivedKind, days: Days = {}): AsyncGenerator<string> {
  const first = days.from === undefined ? undefined : dayFolder(kind, days.from);
  const last = days.until === undefined ? undefined : dayFolder(kind, days.until);
  for await (const key of store.list(`${kind}/`, first)) {
    if (last !== undefined && key > last && !key.startsWith(last)) return;
    yield key;
  }
}

/**
 * What was on a stream, a JSON document each, file by file: in memory is one file at a time. At least once, and in no order
 * that may be relied on, as Firehose delivers. A line that is not JSON is undefined: it was so on the stream.
 *
 * @throws {ArchiveFileError} naming a file that is not gzip, and what the store throws
 */
export async function* readArchive(store: ObjectStore, kind: ArchivedKind, days: Days = {}): AsyncGenerator<unknown> {
  for await (const key of archiveFiles(store, kind, days)) {
    const text = await unzipped(key, await store.get(key));
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf(NEWLINE, start);
      const end = newline === -1 ? text.length : newline;
      if (end > start) yield parse(text.subarray(start, end));
      start = end + 1;
    }
  }
}

/** What is in a file. @throws {ArchiveFileError} naming it where it is not gzip */
export async function unzipped(key: string, bytes: Uint8Array): Promise<Buffer> {
  try {
    return await unzip(bytes);
  } catch (error) {
    throw new ArchiveFileError(`${key} in the archive is not whole gzip: put it right, or take it away.`, {
      cause: error,
    });
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
