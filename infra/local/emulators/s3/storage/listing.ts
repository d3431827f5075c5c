import type { Blob } from './blobs.js';
import type { Bucket, ObjectVersion } from './bucket.js';

export interface ListingQuery {
  prefix: string;
  delimiter: string;
  max: number;
}

export interface ObjectPage {
  objects: (ObjectVersion & { blob: Blob })[];
  commonPrefixes: string[];
  /** Last key or common prefix of the page if more follow, else undefined. */
  nextAfter: string | undefined;
}

export interface VersionPage {
  versions: (ObjectVersion & { isLatest: boolean })[];
  commonPrefixes: string[];
  next: { keyMarker: string; versionIdMarker: string | undefined } | undefined;
}

/**
 * Lists the latest versions in key order. A common prefix counts as one object.
 * @param after key or common prefix after which the page starts; empty for the first page
 */
export function listObjects(bucket: Bucket, query: ListingQuery, after: string): ObjectPage {
  const page: ObjectPage = { objects: [], commonPrefixes: [], nextAfter: undefined };
  if (query.max === 0) return page;
  let last = after;
  for (const key of bucket.keys.from(after, query.prefix)) {
    if (isDone(key, after, query)) continue;
    const object = bucket.current(key);
    const common = commonPrefixOf(key, query);
    if (object === undefined || (common !== undefined && common === page.commonPrefixes.at(-1))) continue;
    if (page.objects.length + page.commonPrefixes.length === query.max) return { ...page, nextAfter: last };
    if (common === undefined) page.objects.push(object);
    else page.commonPrefixes.push(common);
    last = common ?? key;
  }
  return page;
}

/**
 * Lists all versions and delete markers in key order, the latest version of each key first. The page starts after the key or
 * common prefix `keyMarker` (empty for the first page), or within that key after the version `versionIdMarker`.
 */
export function listVersions(
  bucket: Bucket,
  query: ListingQuery,
  { keyMarker, versionIdMarker }: { keyMarker: string; versionIdMarker?: string | undefined },
): VersionPage {
  const page: VersionPage = { versions: [], commonPrefixes: [], next: undefined };
  if (query.max === 0) return page;
  let last: VersionPage['next'] = { keyMarker, versionIdMarker };
  const isFull = () => page.versions.length + page.commonPrefixes.length === query.max;
  for (const key of bucket.keys.from(keyMarker, query.prefix)) {
    const isWithin = key === keyMarker && versionIdMarker !== undefined;
    if (!isWithin && isDone(key, keyMarker, query)) continue;
    const common = commonPrefixOf(key, query);
    if (common !== undefined) {
      if (common === page.commonPrefixes.at(-1)) continue;
      if (isFull()) return { ...page, next: last };
      page.commonPrefixes.push(common);
      last = { keyMarker: common, versionIdMarker: undefined };
      continue;
    }
    const versions = bucket.versionsOf(key);
    const from = isWithin ? versions.findIndex(({ versionId }) => versionId === versionIdMarker) + 1 : 0;
    for (const version of versions.slice(from)) {
      if (isFull()) return { ...page, next: last };
      page.versions.push({ ...version, isLatest: version === versions[0] });
      last = { keyMarker: key, versionIdMarker: version.versionId };
    }
  }
  return page;
}

/** Whether an earlier page had the key or its common prefix. */
function isDone(key: string, after: string, query: ListingQuery): boolean {
  return key === after || commonPrefixOf(key, query) === after;
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListingQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
