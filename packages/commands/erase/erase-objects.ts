import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { inLanes } from '@swipegate/aws/in-lanes';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { fileText } from '@swipegate/lambdas/change-import/file-text';
import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import { unzipped } from '@swipegate/lambdas/stores/archive/read-archive';
import {
  PLACEMENTS_PREFIX,
  RESULTS_PREFIX,
  tenantPrefix,
  UPLOADS_PREFIX,
} from '@swipegate/lambdas/stores/changes/object-keys';
import { type ChangesOfPerson, changeWithoutPerson, isAbout, isChange } from './changes-of-person.js';
import { newTally, type Tally } from './erasure-report.js';
import { type Erasing, linesWithoutPerson, type Person } from './person.js';
import type { KeyVersions, ObjectErasure, VersionedBucket } from './versioned-bucket.js';

const EVENT_LANES = 8;
/** Number of files in memory at once. */
const FILE_LANES = 4;
const ARCHIVED: ArchivedKind = 'decisions';
const CHANGE_ID = /([0-9a-f-]{36})\.json$/;

const zip = promisify(gzip);

/**
 * Rewrites these changes and their placements of cardholders in the event store, and deletes all earlier versions. A
 * put sends a notification, but the change is settled, so it is not applied again.
 * @throws what the SDK throws
 */
export async function eraseEvents(
  bucket: VersionedBucket,
  { naming, ofCards }: ChangesOfPerson,
  { person, dryRun }: Erasing,
): Promise<{ events: Tally; placements: Tally }> {
  const about = new Map(ofCards.map(({ change }) => [change.changeId, true]));
  for (const stored of naming) about.set(stored.change.changeId, isAbout(stored, person));
  return {
    events: await rewriteUnder(tenantPrefix(person.tenantId), rewriteEvent),
    placements: await rewriteUnder(
      `${PLACEMENTS_PREFIX}${person.tenantId}/`,
      (bytes) => linesWithoutPerson(bytes, person)?.text,
    ),
  };

  async function rewriteUnder(
    prefix: string,
    rewrite: (bytes: Buffer, isAboutThem: boolean) => Buffer | undefined,
  ): Promise<Tally> {
    const tally = newTally();
    for await (const page of bucket.pages(prefix)) {
      await inLanes(page, EVENT_LANES, async (object) => {
        const isAboutThem = about.get(CHANGE_ID.exec(object.key)?.[1] ?? '');
        if (isAboutThem === undefined) return;
        const rewriteBytes = async (bytes: Uint8Array) => rewrite(Buffer.from(bytes), isAboutThem);
        count(await bucket.rewrite(object, { rewrite: rewriteBytes, purge: 'all', dryRun }), tally);
      });
    }
    return tally;
  }

  function rewriteEvent(bytes: Buffer, isAboutThem: boolean): Buffer | undefined {
    const text = bytes.toString();
    const change = jsonAttribute(text);
    if (!isChange(change)) return undefined;
    const next = JSON.stringify(changeWithoutPerson(change, { person, isAbout: isAboutThem }));
    return next === text ? undefined : Buffer.from(next);
  }
}

/**
 * Rewrites each archived file that holds decisions of the person, without their id, and deletes older versions that
 * hold the id. All other lines keep their bytes. A run after an interrupted one reads all files again.
 * @param onProgress called after each page of files; `of` is the number of files at the start
 * @throws {ArchiveFileError} naming a file that is not gzip; also what the SDK throws
 */
export async function eraseArchive(
  bucket: VersionedBucket,
  { person, dryRun, onProgress = () => undefined }: Erasing & { onProgress?(files: number, of: number): void },
): Promise<Tally> {
  const tally = { ...newTally(), lines: 0 };
  const prefix = `${ARCHIVED}/`;
  let files = 0;
  for await (const page of bucket.pages(prefix)) files += page.length;
  for await (const page of bucket.pages(prefix)) {
    await inLanes(page, FILE_LANES, async (object) => {
      let lines: number | undefined;
      const done = await bucket.rewrite(object, {
        rewrite: async (bytes) => {
          const next = linesWithoutPerson(await unzipped(object.key, bytes), person);
          // VersionedBucket passes the latest version first.
          lines ??= next?.lines ?? 0;
          return next && zip(next.text);
        },
        purge: 'unclean',
        dryRun,
      });
      count(done, tally);
      tally.lines += done.rewritten ? (lines ?? 0) : 0;
    });
    onProgress(tally.read, Math.max(files, tally.read));
  }
  return tally;
}

/** Prefixes of a tenant's files, each with the search of a file for the person. */
export function uploadsOf(person: Person) {
  const { tenantId } = person;
  return [
    {
      prefix: `${UPLOADS_PREFIX}${tenantId}/`,
      async search(bytes: Uint8Array) {
        const text = await fileText(bytes);
        // A damaged spreadsheet cannot be searched. Its import has refused it, so nobody needs it.
        if (text === undefined) return { id: true, name: false };
        return { id: person.isInCsv(text), name: person.isNamedIn(text) };
      },
    },
    {
      prefix: `${RESULTS_PREFIX}${tenantId}/`,
      async search(bytes: Uint8Array) {
        const text = Buffer.from(bytes).toString();
        return { id: person.isIn(text), name: person.isNamedIn(text) };
      },
    },
  ];
}

/** Deletes whole uploaded files and import results with the person's id or name. Their import finished long ago. */
export async function eraseUploads(bucket: VersionedBucket, { person, dryRun }: Erasing): Promise<Tally> {
  const tally = newTally();
  for (const { prefix, search } of uploadsOf(person)) {
    for await (const page of bucket.pages(prefix)) {
      await inLanes(page, FILE_LANES, async (object) => {
        tally.read += 1;
        if (!(await isAnyVersion(object, search))) return;
        tally.erased += 1;
        for (const { versionId, isDeleteMarker } of object.versions) {
          if (!dryRun) await bucket.delete(object.key, versionId);
          tally.removed += Number(!isDeleteMarker);
        }
      });
    }
  }
  return tally;

  async function isAnyVersion(
    { key, versions }: KeyVersions,
    search: (bytes: Uint8Array) => Promise<{ id: boolean; name: boolean }>,
  ): Promise<boolean> {
    for (const { versionId, isDeleteMarker } of versions) {
      const bytes = isDeleteMarker ? undefined : await bucket.get(key, versionId);
      const found = bytes && (await search(bytes));
      if (found?.id === true || found?.name === true) return true;
    }
    return false;
  }
}

function count({ rewritten, removed }: ObjectErasure, tally: Tally): void {
  tally.read += 1;
  tally.erased += Number(rewritten);
  tally.removed += removed;
}
