import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { ServiceError } from '../protocol/service-error.js';

const isPolicy = compile(
  Type.Object({
    expiration: Type.String(),
    conditions: Type.Array(
      Type.Union([
        Type.Array(Type.Union([Type.String(), Type.Integer()]), { minItems: 3, maxItems: 3 }),
        Type.Record(Type.String(), Type.String()),
      ]),
    ),
  }),
);

/** Fields that need no condition. */
const FREE = new Set(['policy', 'x-amz-signature', 'file', 'awsaccesskeyid', 'signature']);

/** Allowed size of the file, bytes. */
export interface LengthRange {
  least: number;
  most: number;
}

/**
 * Checks a form's fields against its policy
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html). Does not check the signature, because
 * the local cloud has no secrets.
 *
 * @param fields fields with names in lower case, including `bucket`
 * @returns the policy's limits for the file, which follows the fields
 * @throws {ServiceError} AccessDenied if the policy has expired or a condition fails; InvalidPolicyDocument
 */
export function checkPostPolicy(fields: ReadonlyMap<string, string>, nowMs: number): LengthRange {
  const encoded = fields.get('policy');
  if (encoded === undefined || !fields.has('x-amz-signature')) throw denied('Access Denied');
  const policy = parse(Buffer.from(encoded, 'base64').toString());
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
        throw denied(
          `Invalid according to Policy: Policy Condition failed: ${JSON.stringify([operator, first, second])}`,
        );
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
  return new ServiceError('AccessDenied', message, { status: 403 });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
