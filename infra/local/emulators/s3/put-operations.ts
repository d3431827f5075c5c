import { ServiceError } from '../protocol/service-error.js';
import { element, textElements, xmlDocument } from '../protocol/xml.js';
import type { ObjectEventName } from './object-events.js';
import { decodeAwsChunked } from './requests/byte-source.js';
import { checkPostPolicy, type LengthRange, readFormUpload } from './requests/form-upload.js';
import { storedFields, storedHeaders } from './requests/object-headers.js';
import { header, type S3Request } from './requests/s3-request.js';
import { etagOf, versionHeaders } from './s3-answers.js';
import type { Operation, S3Service } from './s3-service.js';
import { type Blob, checkChecksums } from './storage/blobs.js';
import type { Bucket, NewVersion, ObjectVersion } from './storage/bucket.js';

const MOST_KEY_BYTES = 1_024;
/** Limit of one PUT, bytes. */
const MOST_BYTES = 5 * 1024 ** 3;

export const PUT_OPERATIONS = {
  PutObject: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    checkKey(request.key);
    const trailers = new Map<string, string>();
    const isChunked = header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true;
    const body = isChunked ? decodeAwsChunked(request.body, trailers) : request.body;
    const blob = await service.blobs.store(within({ least: 0, most: MOST_BYTES }, body));
    const version = await addOrRemove(service, bucket, blob, 'ObjectCreated:Put', request, () => {
      const length = header(request, 'x-amz-decoded-content-length');
      if (length !== undefined && Number(length) !== blob.size) {
        throw new ServiceError('IncompleteBody', 'The length of the body differs from x-amz-decoded-content-length.');
      }
      checkChecksums(blob, (name) => header(request, name) ?? trailers.get(name));
      checkConditions(request, bucket);
      return { key: request.key, headers: storedHeaders(request) };
    });
    return { status: 200, headers: { ...putHeaders(version), 'x-amz-checksum-crc32': blob.crc32 } };
  },
  PostObject: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    const { fields, fileName, file } = await readFormUpload(request.body, header(request, 'content-type'));
    const key = (fields.get('key') ?? '').replace(/\$\{filename\}/g, () => fileName);
    const range = checkPostPolicy(new Map([...fields, ['key', key], ['bucket', bucket.name]]), service.now());
    checkKey(key);
    const blob = await service.blobs.store(within(range, file));
    const version = await addOrRemove(service, bucket, blob, 'ObjectCreated:Post', request, () => {
      checkChecksums(blob, (name) => fields.get(name));
      return { key, headers: storedFields(fields) };
    });
    const path = key.split('/').map(encodeURIComponent).join('/');
    const location = `http://${header(request, 'host') ?? ''}/${bucket.name}/${path}`;
    const headers = { ...putHeaders(version), location };
    const status = fields.get('success_action_status');
    if (status !== '201') return { status: status === '200' ? 200 : 204, headers };
    const elements = textElements({ Location: location, Bucket: bucket.name, Key: key, ETag: etagOf(version) });
    return {
      status: 201,
      headers: { ...headers, 'content-type': 'application/xml' },
      body: xmlDocument(element('PostResponse', elements)),
    };
  },
} satisfies Readonly<Record<string, Operation>>;

/** Adds a stored body to its bucket, or removes its file if a check fails. Check and add are synchronous, hence atomic. */
async function addOrRemove(
  service: S3Service,
  bucket: Bucket,
  blob: Blob,
  event: ObjectEventName,
  { requestId }: S3Request,
  check: () => Omit<NewVersion, 'blob'>,
): Promise<ObjectVersion> {
  let added: ReturnType<Bucket['add']>;
  try {
    const checked = check();
    // The bucket may have been deleted while the body arrived.
    service.bucket(bucket.name);
    added = bucket.add({ ...checked, blob });
  } catch (error) {
    await service.blobs.remove(blob);
    throw error;
  }
  service.events.send(bucket, event, added.version, requestId);
  if (added.replaced?.blob !== undefined) await service.blobs.remove(added.replaced.blob);
  return added.version;
}

function putHeaders(version: ObjectVersion): Record<string, string> {
  return { etag: etagOf(version) ?? '', ...versionHeaders(version) };
}

/** @throws {ServiceError} KeyTooLongError, InvalidArgument */
function checkKey(key: string): void {
  if (key === '') throw new ServiceError('InvalidArgument', 'User key must have a length greater than 0.');
  if (Buffer.byteLength(key) > MOST_KEY_BYTES) throw new ServiceError('KeyTooLongError', 'Your key is too long');
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
/** Checks If-None-Match and If-Match. @throws {ServiceError} PreconditionFailed, NoSuchKey, NotImplemented */
function checkConditions(request: S3Request, bucket: Bucket): void {
  const message = 'At least one of the pre-conditions you specified did not hold';
  const failed = new ServiceError('PreconditionFailed', message, 412);
  const current = bucket.current(request.key);
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new ServiceError('NotImplemented', 'If-None-Match of a PUT must be *.', 501);
  }
  if (ifNoneMatch === '*' && current !== undefined) throw failed;
  const ifMatch = header(request, 'if-match');
  if (ifMatch === undefined) return;
  if (current === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
  if (ifMatch.replaceAll('"', '') !== current.blob.md5) throw failed;
}

/** Passes a body on and enforces its limits; fails as soon as it is too long. */
async function* within({ least, most }: LengthRange, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > most) {
      throw new ServiceError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    }
    yield part;
  }
  if (size < least) {
    throw new ServiceError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
}
