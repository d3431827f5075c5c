import { ServiceError } from '../protocol/service-error.js';
import type { S3Request } from './storage/s3-request.js';

const LONGEST_SECONDS = 604_800;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Whether a request has its signature in its URL. */
export function isPresigned({ query }: S3Request): boolean {
  return query.has('X-Amz-Algorithm');
}

/** Parses a time such as `20260102T030405Z` to epoch ms; NaN if it is invalid. */
export function parseAmzDate(text: string): number {
  return Date.parse(text.replace(AMZ_DATE, '$1-$2-$3T$4:$5:$6Z'));
}

/**
 * Checks that a presigned URL has not expired (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html);
 * accepts other requests. Does not check the signature, because the local cloud has no secrets.
 *
 * @throws {ServiceError} AccessDenied if it has expired, AuthorizationQueryParametersError
 */
export function checkPresigned(request: S3Request, nowMs: number): void {
  if (!isPresigned(request)) return;
  const { query } = request;
  for (const name of ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature']) {
    if (!query.get(name)) {
      throw new ServiceError('AuthorizationQueryParametersError', `Query-string authentication requires ${name}.`);
    }
  }
  const fromMs = parseAmzDate(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires'));
  if (Number.isNaN(fromMs) || !Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_SECONDS) {
    throw new ServiceError(
      'AuthorizationQueryParametersError',
      `X-Amz-Expires must be from 1 to ${LONGEST_SECONDS} seconds after a valid X-Amz-Date.`,
    );
  }
  if (nowMs >= fromMs + 1_000 * seconds) throw new ServiceError('AccessDenied', 'Request has expired', { status: 403 });
}
