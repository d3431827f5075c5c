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

/**
 * Reads bucket and key. Does not use `URL`, which would normalize `a/../b` to `b`; to S3 that is an ordinary key.
 *
 * @throws {ServiceError} InvalidURI
 */
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

/** Returns a header; the first value if there are several. */
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
