import { ServiceError } from '../protocol/service-error.js';
import { element, textElement, xmlDocument } from '../protocol/xml.js';
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

/** Operations that store an object. */
export const PUT_OPERATIONS = {
  PutObject: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    checkKey(request.key);
    const trailers = new Map<string, string>();
    const isChunked = header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true;
    const body = isChunked ? decodeAwsChunked(request.body, trailers) : request.body;
    const blob = await service.blobs.store(within({ least: 0, most: MOST_BYTES }, body));
    const version = await addOrRemove(blob, service, () => {
      const length = header(request, 'x-amz-decoded-content-length');
      if (length !== undefined && Number(length) !== blob.size) {
        throw new ServiceError('IncompleteBody', 'The length of the body differs from x-amz-decoded-content-length.');
      }
      checkChecksums(blob, (name) => header(request, name) ?? trailers.get(name));
      checkConditions(request, bucket);
      return { bucket, key: request.key, headers: storedHeaders(request) };
    });
    await finish(service, bucket, version, { event: 'ObjectCreated:Put', requestId: request.requestId });
    return { status: 200, headers: { ...putHeaders(version.version), 'x-amz-checksum-crc32': blob.crc32 } };
  },
  PostObject: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    const { fields, fileName, file } = await readFormUpload(request.body, header(request, 'content-type'));
    const key = (fields.get('key') ?? '').replace(/\$\{filename\}/g, () => fileName);
    const range = checkPostPolicy(new Map([...fields, ['key', key], ['bucket', bucket.name]]), service.now());
    checkKey(key);
    const blob = await service.blobs.store(within(range, file));
    const version = await addOrRemove(blob, service, () => {
      checkChecksums(blob, (name) => fields.get(name));
      return { bucket, key, headers: storedFields(fields) };
    });
    await finish(service, bucket, version, { event: 'ObjectCreated:Post', requestId: request.requestId });
    const path = key.split('/').map(encodeURIComponent).join('/');
    const location = `http://${header(request, 'host') ?? ''}/${bucket.name}/${path}`;
    const headers = { ...putHeaders(version.version), location };
    const status = fields.get('success_action_status');
    if (status !== '201') return { status: status === '200' ? 200 : 204, headers };
    const elements = [
      textElement('Location', location),
      textElement('Bucket', bucket.name),
      textElement('Key', key),
      textElement('ETag', etagOf(version.version)),
    ];
    return {
      status: 201,
      headers: { ...headers, 'content-type': 'application/xml' },
      body: xmlDocument(element('PostResponse', elements)),
    };
  },
} satisfies Readonly<Record<string, Operation>>;

type Added = ReturnType<Bucket['add']>;

/** Adds a stored body to its bucket, or removes its file if a check fails. Check and add are synchronous, hence atomic. */
async function addOrRemove(
  blob: Blob,
  service: S3Service,
  check: () => Omit<NewVersion, 'blob'> & { bucket: Bucket },
): Promise<Added> {
  try {
    const { bucket, ...version } = check();
    // The bucket may have been deleted while the body arrived.
    service.bucket(bucket.name);
    return bucket.add({ ...version, blob });
  } catch (error) {
    await service.blobs.remove(blob);
    throw error;
  }
}

async function finish(
  service: S3Service,
  bucket: Bucket,
  { version, replaced }: Added,
  { event, requestId }: { event: ObjectEventName; requestId: string },
): Promise<void> {
  service.events.send(bucket, event, version, requestId);
  if (replaced?.blob !== undefined) await service.blobs.remove(replaced.blob);
}

function putHeaders(version: ObjectVersion): Record<string, string> {
  return { etag: etagOf(version) ?? '', ...versionHeaders(version) };
}

/** @throws {ServiceError} KeyTooLongError, InvalidArgument */
function checkKey(key: string): void {
  if (key === '') throw new ServiceError('InvalidArgument', 'User key must have a length greater than 0.');
  if (Buffer.byteLength(key) > MOST_KEY_BYTES) throw new ServiceError('KeyTooLongError', 'Your key is too long');
}

/**
 * Checks If-None-Match and If-Match (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 *
 * @throws {ServiceError} PreconditionFailed, NoSuchKey, NotImplemented
 */
function checkConditions(request: S3Request, bucket: Bucket): void {
  const failed = new ServiceError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { status: 412 },
  );
  const current = bucket.current(request.key);
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new ServiceError('NotImplemented', 'If-None-Match of a PUT must be *.', { status: 501 });
  }
  if (ifNoneMatch === '*' && current !== undefined) throw failed;
  const ifMatch = header(request, 'if-match');
  if (ifMatch === undefined) return;
  if (current === undefined) {
    throw new ServiceError('NoSuchKey', 'The specified key does not exist.', { status: 404 });
  }
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
