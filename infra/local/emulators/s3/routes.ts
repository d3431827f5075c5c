import { ServiceError } from '../protocol/service-error.js';
import { BUCKET_OPERATIONS } from './bucket-operations.js';
import { LISTING_OPERATIONS } from './listing-operations.js';
import { OBJECT_OPERATIONS } from './object-operations.js';
import { PUT_OPERATIONS } from './put-operations.js';
import { header, type S3Request } from './requests/s3-request.js';
import type { Operation } from './s3-service.js';

const OPERATIONS = { ...BUCKET_OPERATIONS, ...LISTING_OPERATIONS, ...OBJECT_OPERATIONS, ...PUT_OPERATIONS };
type Name = keyof typeof OPERATIONS;

/** Query parameters that select an operation. */
const SUBRESOURCES = new Set(
  [
    'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle',
    'location logging metrics notification object-lock ownershipControls partNumber policy policyStatus',
    'publicAccessBlock replication requestPayment restore retention select tagging torrent uploadId uploads',
    'versioning versions website',
  ].flatMap((names) => names.split(' ')),
);

/** Operations by method and subresource; `-` means no subresource. */
const ON_BUCKETS: Readonly<Record<string, Name>> = {
  'PUT -': 'CreateBucket',
  'HEAD -': 'HeadBucket',
  'DELETE -': 'DeleteBucket',
  'POST -': 'PostObject',
  'GET location': 'GetBucketLocation',
  'PUT versioning': 'PutBucketVersioning',
  'GET versioning': 'GetBucketVersioning',
  'PUT cors': 'PutBucketCors',
  'GET cors': 'GetBucketCors',
  'DELETE cors': 'DeleteBucketCors',
  'PUT notification': 'PutBucketNotificationConfiguration',
  'GET notification': 'GetBucketNotificationConfiguration',
  'GET versions': 'ListObjectVersions',
  'POST delete': 'DeleteObjects',
};
const ON_OBJECTS: Readonly<Record<string, Name>> = {
  'PUT -': 'PutObject',
  'GET -': 'GetObject',
  'HEAD -': 'HeadObject',
  'DELETE -': 'DeleteObject',
};

/** Finds the operation of a request. @throws {ServiceError} NotImplemented */
export function route(request: S3Request): { name: Name; operation: Operation } {
  const name = nameOf(request);
  if (name === undefined || header(request, 'x-amz-copy-source') !== undefined) {
    const { method, query } = request;
    throw new ServiceError('NotImplemented', `The local S3 does not support ${method} ?${query}`, 501);
  }
  return { name, operation: OPERATIONS[name] };
}

function nameOf({ method, bucket, key, query }: S3Request): Name | undefined {
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  const subresource = Array.from(query.keys()).find((parameter) => SUBRESOURCES.has(parameter));
  const table = key === '' ? ON_BUCKETS : ON_OBJECTS;
  if (key === '' && method === 'GET' && subresource === undefined) {
    return query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
  }
  return table[`${method} ${subresource ?? '-'}`];
}
