import { text } from 'node:stream/consumers';
import { compile, explain } from '@swipegate/contract';
import { XMLParser } from 'fast-xml-parser';
import type Type from 'typebox';
import { ServiceError } from '../../protocol/service-error.js';

const NOTIFICATION = ['QueueConfiguration', 'TopicConfiguration', 'CloudFunctionConfiguration', 'Event', 'FilterRule'];
const CORS = ['CORSRule', 'AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader'];
/** Elements that may be repeated. */
const LISTS = new Set(['Object', ...NOTIFICATION, ...CORS]);

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  // Also decodes numeric references: the SDK sends line feeds in keys in this form.
  htmlEntities: true,
  isArray: (name) => LISTS.has(name),
});

/** Creates a reader of XML bodies, which throws {ServiceError} MalformedXML for another shape. LISTS become arrays. */
export function xmlBody<Schema extends Type.TSchema>(
  schema: Schema,
): (body: AsyncIterable<Uint8Array>) => Promise<Type.Static<Schema>> {
  const isBody = compile(schema);
  return async (body) => {
    const value = parse(await text(body));
    if (isBody(value)) return value;
    const { field, reason } = explain(isBody.errors);
    throw new ServiceError('MalformedXML', `The XML you provided was not well-formed: ${field} ${reason}`);
  };
}

function parse(xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch {
    return undefined;
  }
}
