import { isPresigned } from './presigned.js';
import { header, type S3Request } from './storage/s3-request.js';

const METADATA = 'x-amz-meta-';
const TOLD_AGAIN = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

/** Headers that a GET can override by query parameter. */
const OVERRIDES = TOLD_AGAIN.map((name) => [name, `response-${name}`] as const);

/** Headers to store with an object and return with it. A presigned URL carries metadata in its query. */
export function headersToKeep(request: S3Request): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of TOLD_AGAIN) {
    const value = header(request, name);
    if (value !== undefined) kept[name] = value;
  }
  const encoding = kept['content-encoding']
    ?.split(',')
    .map((token) => token.trim())
    .filter((token) => token !== 'aws-chunked' && token !== '');
  if (encoding?.length === 0) delete kept['content-encoding'];
  else if (encoding !== undefined) kept['content-encoding'] = encoding.join(',');
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith(METADATA)) kept[name] = header(request, name) ?? '';
  }
  if (isPresigned(request)) {
    for (const [name, value] of request.query) {
      if (name.toLowerCase().startsWith(METADATA)) kept[name.toLowerCase()] = value;
    }
  }
  return kept;
}

/** Form fields to store as headers of an object. */
export function fieldsToKeep(fields: ReadonlyMap<string, string>): Record<string, string> {
  const kept = Array.from(fields).filter(([name]) => name.startsWith(METADATA) || TOLD_AGAIN.includes(name));
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(kept) };
}

/** Applies the overrides of a request to stored headers. */
export function withOverrides(kept: Readonly<Record<string, string>>, { query }: S3Request): Record<string, string> {
  const asked = OVERRIDES.map(([name, parameter]): [string, string | null] => [name, query.get(parameter)]);
  return { ...kept, ...Object.fromEntries(asked.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))) };
}
