import Type from 'typebox';
import type { Answer } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElement } from '../protocol/xml.js';
import { withOverrides } from './requests/object-headers.js';
import { header, readRange, type S3Request } from './requests/s3-request.js';
import { xmlBody } from './requests/xml-body.js';
import { etagOf, versionHeaders, xmlAnswer } from './s3-answers.js';
import type { Operation, S3Service } from './s3-service.js';
import type { Blob } from './storage/blobs.js';
import { type Bucket, NULL_VERSION, type ObjectVersion } from './storage/bucket.js';

const readDeletion = xmlBody(
  Type.Object({
    Delete: Type.Object({
      Object: Type.Array(Type.Object({ Key: Type.String(), VersionId: Type.Optional(Type.String()) }), {
        minItems: 1,
        maxItems: 1_000,
      }),
      Quiet: Type.Optional(Type.Enum(['true', 'false'])),
    }),
  }),
);

/** Operations that read and delete objects. */
export const OBJECT_OPERATIONS = {
  HeadObject: (request, service) => headOf(request, service).answer,
  GetObject: async (request, service) => {
    for (;;) {
      const { answer, blob, range } = headOf(request, service);
      const file = await service.blobs.read(blob);
      // Overwritten meanwhile: read the new version.
      if (file === undefined) continue;
      return { ...answer, body: file.createReadStream(range ?? {}) };
    }
  },
  DeleteObject: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    const { isMarker, version } = await remove(request, service, bucket, {
      Key: request.key,
      VersionId: request.query.get('versionId') ?? undefined,
    });
    return {
      status: 204,
      headers: {
        ...(version === undefined ? {} : versionHeaders(version)),
        ...(isMarker ? { 'x-amz-delete-marker': 'true' } : {}),
      },
    };
  },
  DeleteObjects: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    const { Object: objects, Quiet } = (await readDeletion(request.body)).Delete;
    const done: string[] = [];
    for (const { Key, VersionId } of objects) {
      const { isMarker, version } = await remove(request, service, bucket, { Key, VersionId });
      done.push(
        element('Deleted', [
          textElement('Key', Key),
          textElement('VersionId', VersionId),
          textElement('DeleteMarker', isMarker || undefined),
          textElement('DeleteMarkerVersionId', isMarker ? version?.versionId : undefined),
        ]),
      );
    }
    return xmlAnswer('DeleteResult', Quiet === 'true' ? [] : done);
  },
} satisfies Readonly<Record<string, Operation>>;

/** Builds the headers of an object's answer. */
function headOf(
  request: S3Request,
  service: S3Service,
): { answer: Answer; blob: Blob; range: ReturnType<typeof readRange> } {
  const version = find(service.bucket(request.bucket), request);
  const { blob } = version;
  const range = readRange(header(request, 'range'), blob.size);
  const isWholeWithChecksum =
    range === undefined && header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  const headers = {
    ...withOverrides(version.headers, request),
    ...versionHeaders(version),
    etag: etagOf(version) ?? '',
    'last-modified': new Date(version.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': String(range === undefined ? blob.size : range.end - range.start + 1),
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${blob.size}` }),
    ...(isWholeWithChecksum ? { 'x-amz-checksum-crc32': blob.crc32, 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
  };
  return { answer: { status: range === undefined ? 200 : 206, headers }, blob, range };
}

/** @throws {ServiceError} NoSuchKey, NoSuchVersion, MethodNotAllowed when the version is a delete marker */
function find(bucket: Bucket, { key, query }: S3Request): ObjectVersion & { blob: Blob } {
  const versionId = query.get('versionId') ?? undefined;
  const version = bucket.find(key, versionId);
  if (version?.blob !== undefined) return { ...version, blob: version.blob };
  const headers = version === undefined ? {} : { 'x-amz-delete-marker': 'true', ...versionHeaders(version) };
  if (versionId === undefined) {
    throw new ServiceError('NoSuchKey', 'The specified key does not exist.', { status: 404, headers });
  }
  if (version === undefined) {
    throw new ServiceError('NoSuchVersion', 'The specified version does not exist.', { status: 404 });
  }
  throw new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    headers,
  });
}

/**
 * Deletes a version permanently, or adds a delete marker
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html).
 */
async function remove(
  { requestId }: S3Request,
  service: S3Service,
  bucket: Bucket,
  { Key: key, VersionId: versionId }: { Key: string; VersionId?: string | undefined },
): Promise<{ isMarker: boolean; version: ObjectVersion | undefined }> {
  if (versionId === undefined && bucket.versioning !== undefined) {
    const { version, replaced } = bucket.add({ key, blob: undefined });
    service.events.send(bucket, 'ObjectRemoved:DeleteMarkerCreated', version, requestId);
    if (replaced?.blob !== undefined) await service.blobs.remove(replaced.blob);
    return { isMarker: true, version };
  }
  const version = bucket.remove(key, versionId ?? NULL_VERSION);
  if (version === undefined) return { isMarker: false, version };
  service.events.send(bucket, 'ObjectRemoved:Delete', version, requestId);
  if (version.blob !== undefined) await service.blobs.remove(version.blob);
  return { isMarker: version.blob === undefined, version };
}
