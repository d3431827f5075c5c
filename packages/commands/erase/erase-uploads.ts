import { inLanes } from '@swipegate/aws/in-lanes';
import { RESULTS_PREFIX, UPLOADS_PREFIX } from '@swipegate/lambdas/stores/imports/import-key';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import type { KeyVersions, VersionedBucket } from './versioned-bucket.js';

const LANES = 4;

/** Prefixes of a tenant's files, each with the test for whether a file names the person. */
export function uploadsOf({ tenantId }: Person) {
  return [
    { prefix: `${UPLOADS_PREFIX}${tenantId}/`, isIn: (text: string, person: Person) => person.isInCsv(text) },
    { prefix: `${RESULTS_PREFIX}${tenantId}/`, isIn: (text: string, person: Person) => person.isIn(text) },
  ];
}

/**
 * Deletes uploaded files and import results that hold the person's id or name. Whole files are deleted, because their
 * import finished long ago. Rejects with the error of the SDK.
 */
export async function eraseUploads(
  bucket: VersionedBucket,
  { person, dryRun }: { person: Person; dryRun: boolean },
): Promise<Tally> {
  const tally: Tally = { read: 0, erased: 0, removed: 0 };
  for (const { prefix, isIn } of uploadsOf(person)) {
    for await (const page of bucket.pages(prefix)) {
      await inLanes(page, LANES, async (object) => {
        tally.read += 1;
        if (!(await isAnyVersion(object, (text) => isIn(text, person) || person.isNamedIn(text)))) return;
        tally.erased += 1;
        for (const { versionId, isDeleteMarker } of object.versions) {
          if (!dryRun) await bucket.delete(object.key, versionId);
          tally.removed += Number(!isDeleteMarker);
        }
      });
    }
  }
  return tally;

  async function isAnyVersion({ key, versions }: KeyVersions, isTheirs: (text: string) => boolean): Promise<boolean> {
    for (const { versionId, isDeleteMarker } of versions) {
      const bytes = isDeleteMarker ? undefined : await bucket.get(key, versionId);
      if (bytes !== undefined && isTheirs(Buffer.from(bytes).toString())) return true;
    }
    return false;
  }
}
