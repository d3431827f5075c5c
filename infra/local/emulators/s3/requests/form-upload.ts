import { compile, jsonIn } from '@swipegate/contract';
import Type from 'typebox';
import { ServiceError } from '../../protocol/service-error.js';
import { ByteSource } from './byte-source.js';

/** AWS's limit for a form without its file, bytes. */
const MOST_FIELD_BYTES = 20_480;

/** Upload by an HTML form. */
export interface FormUpload {
  /** Fields, with names in lower case. */
  fields: Map<string, string>;
  fileName: string;
  /** Content-Type of the file's part. */
  fileType: string | undefined;
  file: AsyncIterable<Uint8Array>;
}

/**
 * Reads `multipart/form-data` up to its file, which is streamed. Ignores parts after the file
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html).
 * @throws {ServiceError} MalformedPOSTRequest, IncompleteBody, InvalidArgument, MaxPostPreDataLengthExceeded
 */
export async function readFormUpload(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<FormUpload> {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]{1,70})"?/i.exec(contentType ?? '')?.[1];
  if (boundary === undefined) throw malformed('The body is not multipart/form-data.');
  const source = new ByteSource(body);
  const end = Buffer.from(`\r\n--${boundary}`);
  if ((await source.line()) !== `--${boundary}`) throw malformed('It does not start with its boundary.');
  const fields = new Map<string, string>();
  let left = MOST_FIELD_BYTES;
  for (;;) {
    const { name, fileName, type } = await partHead(source);
    if (name === 'file') return { fields, fileName, fileType: type, file: source.until(end) };
    const chunks: Buffer[] = [];
    for await (const chunk of source.until(end)) {
      left -= chunk.length;
      if (left < 0) {
        throw new ServiceError('MaxPostPreDataLengthExceeded', 'The fields before the file are too long.');
      }
      chunks.push(chunk);
    }
    fields.set(name, Buffer.concat(chunks).toString());
    if ((await source.line()) !== '') {
      throw new ServiceError('InvalidArgument', 'POST requires exactly one file upload per request.');
    }
  }
}

async function partHead(source: ByteSource) {
  let name: string | undefined;
  let fileName = '';
  let type: string | undefined;
  for (let line = await source.line(); line !== ''; line = await source.line()) {
    const [, header = '', value = ''] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (header.toLowerCase() === 'content-type') type = value;
    if (header.toLowerCase() !== 'content-disposition') continue;
    name = /[; ]name="([^"]*)"/i.exec(value)?.[1]?.toLowerCase();
    fileName = /[; ]filename="([^"]*)"/i.exec(value)?.[1] ?? '';
  }
  if (name === undefined) throw malformed('A part has no name.');
  return { name, fileName, type };
}

function malformed(reason: string): ServiceError {
  return new ServiceError('MalformedPOSTRequest', `The body of your POST request is not well-formed: ${reason}`);
}

const Condition = Type.Union([
  Type.Array(Type.Union([Type.String(), Type.Integer()]), { minItems: 3, maxItems: 3 }),
  Type.Record(Type.String(), Type.String()),
]);
const isPolicy = compile(Type.Object({ expiration: Type.String(), conditions: Type.Array(Condition) }));

/** Fields that need no condition. */
const FREE = new Set(['policy', 'x-amz-signature', 'file', 'awsaccesskeyid', 'signature']);

/** Allowed size of the file, bytes. */
export interface LengthRange {
  least: number;
  most: number;
}

/**
 * Checks a form's fields (names in lower case, including `bucket`) against its policy and returns the limits of the file
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html). Ignores the signature: the local
 * cloud has no secrets.
 * @throws {ServiceError} AccessDenied if the policy has expired or a condition fails; InvalidPolicyDocument
 */
export function checkPostPolicy(fields: ReadonlyMap<string, string>, nowMs: number): LengthRange {
  const encoded = fields.get('policy');
  if (encoded === undefined || !fields.has('x-amz-signature')) throw denied('Access Denied');
  const policy = jsonIn(Buffer.from(encoded, 'base64'));
  if (!isPolicy(policy)) throw new ServiceError('InvalidPolicyDocument', 'Invalid Policy: unknown format.');
  const expiresAtMs = Date.parse(policy.expiration);
  if (Number.isNaN(expiresAtMs) || nowMs >= expiresAtMs) throw denied('Invalid according to Policy: Policy expired.');

  const range: LengthRange = { least: 0, most: Number.POSITIVE_INFINITY };
  const named = new Set<string>();
  for (const condition of policy.conditions) {
    const each = Array.isArray(condition)
      ? [condition]
      : Object.entries(condition).map(([name, value]) => ['eq', `$${name}`, value] as const);
    for (const [operator, first, second] of each) {
      if (operator === 'content-length-range') {
        range.least = Math.max(range.least, Number(first));
        range.most = Math.min(range.most, Number(second));
        continue;
      }
      const name = String(first).replace(/^\$/, '').toLowerCase();
      const value = fields.get(name);
      named.add(name);
      if (!holds(operator, value, String(second))) {
        const failed = JSON.stringify([operator, first, second]);
        throw denied(`Invalid according to Policy: Policy Condition failed: ${failed}`);
      }
    }
  }
  const extra = Array.from(fields.keys()).find(
    (name) => !named.has(name) && !FREE.has(name) && name !== 'bucket' && !name.startsWith('x-ignore-'),
  );
  if (extra !== undefined) throw denied(`Invalid according to Policy: Extra input fields: ${extra}`);
  return range;
}

function holds(operator: string | number | undefined, value: string | undefined, wanted: string): boolean {
  if (operator === 'eq') return value === wanted;
  return operator === 'starts-with' && value !== undefined && value.startsWith(wanted);
}

function denied(message: string): ServiceError {
  return new ServiceError('AccessDenied', message, 403);
}
