import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { inLanes } from '@swipegate/aws/in-lanes';
import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import { unzipped } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import type { VersionedBucket } from './versioned-bucket.js';
import { linesWithoutPerson } from './without-person.js';

/** Number of files in memory at once. */
const LANES = 4;
const KIND: ArchivedKind = 'decisions';

const zip = promisify(gzip);

export interface ArchiveErasure {
  person: Person;
  dryRun: boolean;
  /** Called after each page of files. @param of the number of files at the start */
  onProgress?(files: number, of: number): void;
}

/**
 * Rewrites each file that holds decisions of the person, without their id. All other lines keep their bytes. Older
 * versions that hold the id are deleted. A run after an interrupted one reads all files again and skips the ones that
 * are clean.
 *
 * @throws {ArchiveFileError} naming a file that is not gzip; also what the SDK throws
 */
export async function eraseArchive(
  bucket: VersionedBucket,
  { person, dryRun, onProgress = () => undefined }: ArchiveErasure,
): Promise<Tally> {
  const tally = { read: 0, erased: 0, removed: 0, lines: 0 };
  const files = await archivedFiles(bucket);
  for await (const page of bucket.pages(`${KIND}/`)) {
    await inLanes(page, LANES, async (object) => {
      let lines: number | undefined;
      const { rewritten, removed } = await bucket.rewrite(object, {
        rewrite: async (bytes) => {
          const next = linesWithoutPerson(await unzipped(object.key, bytes), person);
          // VersionedBucket passes the latest version first.
          lines ??= next?.lines ?? 0;
          return next && zip(next.text);
        },
        purge: 'unclean',
        dryRun,
      });
      tally.read += 1;
      tally.erased += Number(rewritten);
      tally.removed += removed;
      tally.lines += rewritten ? (lines ?? 0) : 0;
    });
    onProgress(tally.read, Math.max(files, tally.read));
  }
  return tally;
}

/** Number of archived files. */
export async function archivedFiles(bucket: VersionedBucket): Promise<number> {
  let files = 0;
  for await (const page of bucket.pages(`${KIND}/`)) files += page.length;
  return files;
}
