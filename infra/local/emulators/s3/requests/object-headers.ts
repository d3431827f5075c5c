import { header, isPresigned, type S3Request } from './s3-request.js';

const METADATA = 'x-amz-meta-';
const CONTENT = ['content-type', 'content-disposition', 'content-encoding', 'content-language'];
const RETURNED = [...CONTENT, 'cache-control', 'expires'];

/** Headers to store with an object and return with it. A presigned URL carries metadata in its query. */
export function storedHeaders(request: S3Request): Record<string, string> {
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of RETURNED) {
    const value = header(request, name);
    if (value !== undefined) stored[name] = value;
  }
  const encoding = stored['content-encoding']
    ?.split(',')
    .map((token) => token.trim())
    .filter((token) => token !== 'aws-chunked' && token !== '');
  if (encoding?.length === 0) delete stored['content-encoding'];
  else if (encoding !== undefined) stored['content-encoding'] = encoding.join(',');
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith(METADATA)) stored[name] = header(request, name) ?? '';
  }
  if (isPresigned(request)) {
    for (const [name, value] of request.query) {
      if (name.toLowerCase().startsWith(METADATA)) stored[name.toLowerCase()] = value;
    }
  }
  return stored;
}

/** Form fields to store as headers of an object. */
export function storedFields(fields: ReadonlyMap<string, string>): Record<string, string> {
  const stored = Array.from(fields).filter(([name]) => name.startsWith(METADATA) || RETURNED.includes(name));
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(stored) };
}

/** A GET can override the returned headers by query parameters, e.g. `response-content-type`. */
export function withOverrides(stored: Readonly<Record<string, string>>, { query }: S3Request): Record<string, string> {
  const headers = { ...stored };
  for (const name of RETURNED) {
    const value = query.get(`response-${name}`);
    if (value !== null) headers[name] = value;
  }
  return headers;
}
