import type { Answer } from '../protocol/serve-calls.js';
import { element, textElements, xmlDocument } from '../protocol/xml.js';
import { NULL_VERSION, type ObjectVersion } from './storage/bucket.js';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function xmlAnswer(name: string, children: readonly string[]): Answer {
  const body = xmlDocument(element(name, children, NAMESPACE));
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Version header; none for the null version. */
export function versionHeaders({ versionId }: ObjectVersion): Record<string, string> {
  return versionId === NULL_VERSION ? {} : { 'x-amz-version-id': versionId };
}

export function etagOf(version: ObjectVersion): string | undefined {
  return version.blob && `"${version.blob.md5}"`;
}

/** Elements of a version in listings. */
export function versionElements(version: ObjectVersion): string[] {
  return textElements({
    LastModified: isoTime(version.lastModifiedMs),
    ETag: etagOf(version),
    Size: version.blob?.size,
    StorageClass: version.blob && 'STANDARD',
  });
}
