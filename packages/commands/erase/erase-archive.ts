import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { inLanes } from '@swipegate/aws/in-lanes';
import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import { unzipped } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import type { VersionedBucket } from './versioned-bucket.js';
import { linesWithoutPerson } from './without-person.js';

/** Files in memory at once. */
const LANES = 4;
const KIND: ArchivedKind = 'decisions';

const zip = promisify(gzip);

export interface ArchiveErasure {
  person: Person;
  dryRun: boolean;
  /** Called for each page of files that is done. @param of how many there were when it began */
  onProgress?(files: number, of: number): void;
}

/**
 * Rewrites each file that holds decisions of the person, without their id; all other lines are the bytes that they were. Older
 * versions that hold it are deleted. Begun anew after it was broken off it reads all files again, and finds done what is.
 *
 * @throws {ArchiveFileError} naming a file that is not gzip; and what the SDK throws
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
          // The latest version comes first.
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

/** How many files there are. */
export async function archivedFiles(bucket: VersionedBucket): Promise<number> {
  let files = 0;
  for await (const page of bucket.pages(`${KIND}/`)) files += page.length;
  return files;
}
