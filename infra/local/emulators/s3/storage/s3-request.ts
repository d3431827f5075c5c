import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ServiceError } from '../../protocol/service-error.js';

/** A request by path: `/bucket/key?query`. */
export interface S3Request {
  method: string;
  /** Empty: the service itself. */
  bucket: string;
  /** Empty: the bucket itself. */
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: AsyncIterable<Uint8Array>;
  requestId: string;
}

/**
 * Reads bucket and key. They are not taken through `URL`: that would make `b` of `a/../b`, which to S3 is a key like any other.
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

/** A header that comes once. */
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
