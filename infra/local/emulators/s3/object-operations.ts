import Type from 'typebox';
import type { Answer } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElements } from '../protocol/xml.js';
import { withOverrides } from './requests/object-headers.js';
import { header, readRange, type S3Request } from './requests/s3-request.js';
import { xmlBody } from './requests/xml-body.js';
import { etagOf, versionHeaders, xmlAnswer } from './s3-answers.js';
import type { Operation, S3Service } from './s3-service.js';
import type { Blob } from './storage/blobs.js';
import { type Bucket, NULL_VERSION, type ObjectVersion } from './storage/bucket.js';

const Deleted = Type.Object({ Key: Type.String(), VersionId: Type.Optional(Type.String()) });
const readDeletion = xmlBody(
  Type.Object({
    Delete: Type.Object({
      Object: Type.Array(Deleted, { minItems: 1, maxItems: 1_000 }),
      Quiet: Type.Optional(Type.Enum(['true', 'false'])),
    }),
  }),
);

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
    const versionId = request.query.get('versionId') ?? undefined;
    const { isMarker, version } = await remove(request, service, bucket, request.key, versionId);
    const headers = version === undefined ? {} : versionHeaders(version);
    return { status: 204, headers: isMarker ? { ...headers, 'x-amz-delete-marker': 'true' } : headers };
  },
  DeleteObjects: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    const { Object: objects, Quiet } = (await readDeletion(request.body)).Delete;
    const done: string[] = [];
    for (const { Key, VersionId } of objects) {
      const { isMarker, version } = await remove(request, service, bucket, Key, VersionId);
      const marker = isMarker ? { DeleteMarker: true, DeleteMarkerVersionId: version?.versionId } : {};
      done.push(element('Deleted', textElements({ Key, VersionId, ...marker })));
    }
    return xmlAnswer('DeleteResult', Quiet === 'true' ? [] : done);
  },
} satisfies Readonly<Record<string, Operation>>;

/** Finds an object and builds the answer's headers. */
function headOf(request: S3Request, service: S3Service) {
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
  const answer: Answer = { status: range === undefined ? 200 : 206, headers };
  return { answer, blob, range };
}

/** @throws {ServiceError} NoSuchKey, NoSuchVersion, MethodNotAllowed when the version is a delete marker */
function find(bucket: Bucket, { key, query }: S3Request): ObjectVersion & { blob: Blob } {
  const versionId = query.get('versionId') ?? undefined;
  const version = bucket.find(key, versionId);
  if (version?.blob !== undefined) return { ...version, blob: version.blob };
  const headers = version === undefined ? {} : { 'x-amz-delete-marker': 'true', ...versionHeaders(version) };
  if (versionId === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404, headers);
  if (version === undefined) throw new ServiceError('NoSuchVersion', 'The specified version does not exist.', 404);
  throw new ServiceError(
    'MethodNotAllowed',
    'The specified method is not allowed against this resource.',
    405,
    headers,
  );
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
/** Deletes a version permanently, or adds a delete marker. */
async function remove(
  { requestId }: S3Request,
  service: S3Service,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
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
