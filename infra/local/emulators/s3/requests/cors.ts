import Type from 'typebox';
import { element, textElement } from '../../protocol/xml.js';
import { header, type S3Request } from './s3-request.js';
import { xmlBody } from './xml-body.js';

const Strings = Type.Array(Type.String(), { minItems: 1 });
export const CorsRule = Type.Object({
  AllowedOrigin: Strings,
  AllowedMethod: Strings,
  AllowedHeader: Type.Optional(Strings),
  ExposeHeader: Type.Optional(Strings),
  MaxAgeSeconds: Type.Optional(Type.String({ pattern: '^\\d+$' })),
});
export type CorsRule = Type.Static<typeof CorsRule>;

const readConfiguration = xmlBody(
  Type.Object({ CORSConfiguration: Type.Object({ CORSRule: Type.Array(CorsRule, { minItems: 1, maxItems: 100 }) }) }),
);

/** @throws {ServiceError} MalformedXML */
export async function readCorsRules({ body }: S3Request): Promise<readonly CorsRule[]> {
  return (await readConfiguration(body)).CORSConfiguration.CORSRule;
}

export function corsConfigurationElement(rules: readonly CorsRule[]): string {
  const members = (rule: CorsRule) =>
    Object.entries(rule).flatMap(([name, value]) => [value].flat().map((text) => textElement(name, text)));
  const elements = rules.map((rule) => element('CORSRule', members(rule)));
  return element('CORSConfiguration', elements);
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
/** CORS headers for a request from another origin; undefined if no rule allows it. */
export function corsHeaders(
  rules: readonly CorsRule[] | undefined,
  request: S3Request,
): Record<string, string> | undefined {
  const origin = header(request, 'origin');
  const isPreflight = request.method === 'OPTIONS';
  const method = isPreflight ? header(request, 'access-control-request-method') : request.method;
  if (origin === undefined || method === undefined) return undefined;
  const wantedHeaders = (header(request, 'access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = rules?.find(
    ({ AllowedOrigin, AllowedMethod, AllowedHeader = [] }) =>
      AllowedOrigin.some((allowed) => matches(allowed, origin)) &&
      AllowedMethod.includes(method) &&
      wantedHeaders.every((name) => AllowedHeader.some((allowed) => matches(allowed.toLowerCase(), name))),
  );
  if (rule === undefined) return undefined;
  const isAnyOrigin = rule.AllowedOrigin.includes('*');
  return {
    'access-control-allow-origin': isAnyOrigin ? '*' : origin,
    ...(isAnyOrigin ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.AllowedMethod.join(', '),
    ...(wantedHeaders.length === 0 ? {} : { 'access-control-allow-headers': wantedHeaders.join(', ') }),
    ...(rule.ExposeHeader === undefined ? {} : { 'access-control-expose-headers': rule.ExposeHeader.join(', ') }),
    ...(rule.MaxAgeSeconds === undefined ? {} : { 'access-control-max-age': rule.MaxAgeSeconds }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** Matches a pattern in which at most one `*` stands for any text. */
function matches(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*');
  if (at < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}
