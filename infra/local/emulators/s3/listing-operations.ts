import { ServiceError } from '../protocol/service-error.js';
import { element, textElement, textElements } from '../protocol/xml.js';
import { versionElements, xmlAnswer } from './s3-answers.js';
import type { Operation } from './s3-service.js';
import { type ListingQuery, listObjects, listVersions } from './storage/listing.js';

const MOST_KEYS = 1_000;

export const LISTING_OPERATIONS = {
  ListObjectsV2: ({ bucket: name, query }, service) => {
    const bucket = service.bucket(name);
    const listing = readQuery(query);
    const token = query.get('continuation-token');
    const startAfter = query.get('start-after') ?? '';
    const page = listObjects(bucket, listing, token === null ? startAfter : readToken(token));
    const key = keyElement(query);
    return xmlAnswer('ListBucketResult', [
      textElement('Name', name),
      ...queryElements(listing, query),
      textElement('KeyCount', page.objects.length + page.commonPrefixes.length),
      textElement('IsTruncated', page.nextAfter !== undefined),
      textElement('ContinuationToken', token ?? undefined),
      textElement('NextContinuationToken', page.nextAfter === undefined ? undefined : writeToken(page.nextAfter)),
      key('StartAfter', startAfter === '' ? undefined : startAfter),
      ...page.objects.map((object) => element('Contents', [key('Key', object.key), ...versionElements(object)])),
      ...page.commonPrefixes.map((prefix) => element('CommonPrefixes', [key('Prefix', prefix)])),
    ]);
  },
  ListObjectVersions: ({ bucket: name, query }, service) => {
    const bucket = service.bucket(name);
    const listing = readQuery(query);
    const keyMarker = query.get('key-marker') ?? '';
    const versionIdMarker = query.get('version-id-marker') ?? undefined;
    if (versionIdMarker !== undefined && keyMarker === '') {
      throw new ServiceError('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
    }
    const page = listVersions(bucket, listing, { keyMarker, versionIdMarker });
    const key = keyElement(query);
    return xmlAnswer('ListVersionsResult', [
      textElement('Name', name),
      ...queryElements(listing, query),
      key('KeyMarker', keyMarker),
      textElement('VersionIdMarker', versionIdMarker),
      textElement('IsTruncated', page.next !== undefined),
      key('NextKeyMarker', page.next?.keyMarker),
      textElement('NextVersionIdMarker', page.next?.versionIdMarker),
      ...page.versions.map((version) =>
        element(version.blob === undefined ? 'DeleteMarker' : 'Version', [
          key('Key', version.key),
          ...textElements({ VersionId: version.versionId, IsLatest: version.isLatest }),
          ...versionElements(version),
        ]),
      ),
      ...page.commonPrefixes.map((prefix) => element('CommonPrefixes', [key('Prefix', prefix)])),
    ]);
  },
} satisfies Readonly<Record<string, Operation>>;

/** @throws {ServiceError} InvalidArgument */
function readQuery(query: URLSearchParams): ListingQuery {
  const max = query.get('max-keys') ?? String(MOST_KEYS);
  if (!/^\d{1,9}$/.test(max)) {
    throw new ServiceError('InvalidArgument', 'Argument maxKeys must be an integer of 0 or more');
  }
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  return { prefix, delimiter, max: Math.min(Number(max), MOST_KEYS) };
}

function queryElements({ prefix, delimiter, max }: ListingQuery, query: URLSearchParams): string[] {
  const key = keyElement(query);
  return [
    key('Prefix', prefix),
    key('Delimiter', delimiter === '' ? undefined : delimiter),
    textElement('MaxKeys', max),
    textElement('EncodingType', query.get('encoding-type') ?? undefined),
  ];
}

/** Keys may contain characters that XML cannot; with `encoding-type=url` they are URL-encoded. */
function keyElement(query: URLSearchParams): (name: string, key: string | undefined) => string {
  const isEncoded = query.get('encoding-type') === 'url';
  return (name, key) =>
    textElement(name, isEncoded && key !== undefined ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
}

function writeToken(after: string): string {
  return Buffer.from(after).toString('base64url');
}

/** @throws {ServiceError} InvalidArgument */
function readToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString();
  if (after !== '' && writeToken(after) === token) return after;
  throw new ServiceError('InvalidArgument', 'The continuation token provided is incorrect');
}
