import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ServiceError } from '../../protocol/service-error.js';

/** Path-style request: `/bucket/key?query`. */
export interface S3Request {
  method: string;
  /** Empty for requests to the service. */
  bucket: string;
  /** Empty for requests to the bucket. */
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: AsyncIterable<Uint8Array>;
  requestId: string;
}

/** Does not use `URL`, which would normalize the key `a/../b` to `b`. @throws {ServiceError} InvalidURI */
export function readS3Request(request: IncomingMessage, requestId: string): S3Request {
  const [, path = '', query = ''] = /^\/?([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
  const at = path.indexOf('/');
  return {
    method: request.method ?? '',
    bucket: decode(at < 0 ? path : path.slice(0, at)),
    key: at < 0 ? '' : decode(path.slice(at + 1)),
    query: new URLSearchParams(query),
    headers: request.headers,
    body: request,
    requestId,
  };
}

/** Returns the first value of a header. */
export function header({ headers }: S3Request, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/**
 * Parses a Range header; both ends are inclusive. Undefined for anything but a single range, which S3 ignores.
 * @throws {ServiceError} InvalidRange if the range starts after the end
 */
export function readRange(range: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size) {
    const headers = { 'content-range': `bytes */${size}` };
    throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', 416, headers);
  }
  return { start, end };
}

const LONGEST_SECONDS = 604_800;
/** E.g. `20260102T030405Z`. */
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Whether a request has its signature in its URL. */
export function isPresigned({ query }: S3Request): boolean {
  return query.has('X-Amz-Algorithm');
}

/**
 * Checks that a presigned URL has not expired; accepts other requests. Ignores the signature: the local cloud has no secrets
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
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
  const fromMs = Date.parse((query.get('X-Amz-Date') ?? '').replace(AMZ_DATE, '$1-$2-$3T$4:$5:$6Z'));
  const seconds = Number(query.get('X-Amz-Expires'));
  if (Number.isNaN(fromMs) || !Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_SECONDS) {
    const message = `X-Amz-Expires must be from 1 to ${LONGEST_SECONDS} seconds after a valid X-Amz-Date.`;
    throw new ServiceError('AuthorizationQueryParametersError', message);
  }
  if (nowMs >= fromMs + 1_000 * seconds) throw new ServiceError('AccessDenied', 'Request has expired', 403);
}
