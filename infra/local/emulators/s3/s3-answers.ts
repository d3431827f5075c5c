import type { Answer } from '../protocol/serve-calls.js';
import { element, textElement, xmlDocument } from '../protocol/xml.js';
import { NULL_VERSION, type ObjectVersion } from './storage/bucket.js';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** XML answer with its root element. */
export function xmlAnswer(name: string, children: readonly string[]): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: xmlDocument(element(name, children, NAMESPACE)),
  };
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
  return [
    textElement('LastModified', isoTime(version.lastModifiedMs)),
    textElement('ETag', etagOf(version)),
    textElement('Size', version.blob?.size),
    textElement('StorageClass', version.blob && 'STANDARD'),
  ];
}
