import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type Type from 'typebox';

/**
 * Options of ajv that skip the check of each schema against the schema of schemas. Ajv would compile that one first, which
 * takes most of the CPU of a process's first validation; TypeBox builds no other schemas.
 */
export const TRUSTED_SCHEMAS = { meta: false, validateSchema: false } as const;

// addUsedSchema: a schema with an $id may be compiled by itself and within others, in any order.
const ajv = new Ajv({ allErrors: false, strict: true, verbose: true, addUsedSchema: false, ...TRUSTED_SCHEMAS });

/** A type guard with the errors of its last call, for {@link explain}. */
export interface Guard<Value> {
  (value: unknown): value is Value;
  errors?: readonly ValidationError[] | null;
}

/** Turns a schema into a type guard. Compiled at the first call: compiling all takes longer than the rest of a start. */
export function compile<Schema extends Type.TSchema>(schema: Schema): Guard<Type.Static<Schema>> {
  let validate: ValidateFunction<Type.Static<Schema>> | undefined;
  const guard: Guard<Type.Static<Schema>> = (value): value is Type.Static<Schema> => {
    validate ??= ajv.compile<Type.Static<Schema>>(schema);
    const valid = validate(value);
    guard.errors = validate.errors ?? null;
    return valid;
  };
  return guard;
}

/**
 * Returns a parser of table rows: it returns the members that the schema names, without those of the table; undefined
 * if they do not match the schema.
 */
export function rowParser<Schema extends Type.TObject>(schema: Schema) {
  const names = Object.keys(schema.properties);
  const isValue = compile(schema);
  return (row: Readonly<Record<string, unknown>>): Type.Static<Schema> | undefined => {
    const members: unknown = Object.fromEntries(
      names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])),
    );
    return isValue(members) ? members : undefined;
  };
}

export interface FieldError {
  /** Path of the invalid member, with dots between levels; empty for the whole value. */
  field: string;
  /** Allowed values, as the end of a sentence that starts with the field, e.g. "must be one of in, out". */
  reason: string;
}

/** Fastify passes ajv's errors on, with fewer members declared. ajv's option `verbose` adds `parentSchema`, `data`. */
type ValidationError = Pick<
  ErrorObject,
  'keyword' | 'instancePath' | 'schemaPath' | 'params' | 'message' | 'parentSchema' | 'data'
>;

type Rules = Readonly<Record<string, unknown>>;

/** Turns a failed validation into the invalid member and a sentence that says what is allowed there. */
export function explain(errors: readonly ValidationError[] | null | undefined): FieldError {
  const [error, ...more] = errors ?? [];
  if (error === undefined) return { field: '', reason: 'is not valid' };
  const union = more.findLast(({ keyword }) => keyword === 'anyOf');
  return union === undefined ? explainOne(error) : explainUnion(union, [error, ...more]);
}

function explainOne(error: ValidationError): FieldError {
  switch (error.keyword) {
    case 'required':
      return { field: memberOf(error, error.params['missingProperty']), reason: 'is missing' };
    case 'additionalProperties': {
      const known = Object.keys(rulesOf(error.parentSchema?.['properties']));
      const allowed = known.length === 0 ? '' : `; allowed are ${known.join(', ')}`;
      return { field: memberOf(error, error.params['additionalProperty']), reason: `is not a known field${allowed}` };
    }
    default: {
      const allowed = allowedBy(error);
      const reason = allowed === undefined ? (error.message ?? 'is not valid') : `must be ${allowed}`;
      return { field: pathOf(error), reason };
    }
  }
}

/** Reports the branch that the value chose by its literal, such as a `type`; without one, every branch. */
function explainUnion(union: ValidationError, errors: readonly ValidationError[]): FieldError {
  const branches: unknown[] = Array.isArray(union.parentSchema?.['anyOf']) ? union.parentSchema['anyOf'] : [];
  const faults = branches.map((_, index) => {
    const ofBranch = errors.filter(({ schemaPath }) => schemaPath.startsWith(`${union.schemaPath}/${index}/`));
    return ofBranch.length === 0 ? explainOne(union) : explain(ofBranch);
  });
  const literals = branches.map(literalOf);
  const name = literals[0]?.name;
  const data = rulesOf(union.data);
  if (name !== undefined && name in data && literals.every((literal) => literal?.name === name)) {
    const chosen = faults[literals.findIndex((literal) => literal?.value === data[name])];
    const allowed = oneOf(literals.map((literal) => literal?.value));
    return chosen ?? { field: memberOf(union, name), reason: `must be ${allowed}` };
  }
  const inside = faults.find(({ field }) => field !== pathOf(union));
  if (inside !== undefined) return inside;
  const [first = 'is not valid', ...more] = new Set(faults.map(({ reason }) => reason));
  return { field: pathOf(union), reason: [first, ...more.map((text) => text.replace(/^must be /, ''))].join(', or ') };
}

/** The first member of a union's branch that allows one value only. */
function literalOf(branch: unknown): { name: string; value: unknown } | undefined {
  const found = Object.entries(rulesOf(rulesOf(branch)['properties'])).find(([, rules]) => 'const' in rulesOf(rules));
  return found && { name: found[0], value: rulesOf(found[1])['const'] };
}

function pathOf({ instancePath }: ValidationError): string {
  return instancePath.slice(1).replaceAll('/', '.');
}

function memberOf(error: ValidationError, name: unknown): string {
  const path = pathOf(error);
  return path === '' ? String(name) : `${path}.${String(name)}`;
}

function rulesOf(schema: unknown): Rules {
  return typeof schema === 'object' && schema !== null ? { ...schema } : {};
}

/** Keywords whose bounds {@link allowedBy} puts into words. */
const BOUNDS: ReadonlySet<string> = new Set([
  ...['type', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'],
]);

/** The allowed values, as the rest of "must be …". Undefined if only ajv's own message fits. */
function allowedBy(error: Pick<ValidationError, 'keyword' | 'params' | 'parentSchema' | 'data'>): string | undefined {
  const { keyword, params, parentSchema, data } = error;
  if (!BOUNDS.has(keyword)) return undefined;
  const rules = rulesOf(parentSchema);
  const values: unknown = rules['enum'] ?? params['allowedValues'];
  if (Array.isArray(values)) return oneOf(values);
  if ('const' in rules) return JSON.stringify(rules['const']);
  switch (rules['type']) {
    case 'string': {
      const form = textForm(rules, data);
      if (keyword !== 'type' || form === undefined) return form ?? 'a string';
      return `a string: ${form}`;
    }
    case 'integer':
    case 'number':
      return `${rules['type'] === 'integer' ? 'an integer' : 'a number'}${rangeOf(rules)}`;
    case 'array': {
      const items = bounds(rules['minItems'], rules['maxItems'], 'item');
      const each = allowedBy({ keyword: 'type', params: {}, parentSchema: rulesOf(rules['items']), data: '' });
      return `an array${items === undefined ? '' : ` of ${items}`}${each === undefined ? '' : `, each ${each}`}`;
    }
    case 'object':
      return 'an object';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    default:
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

/**
 * Words for patterns, by the pattern: all of the contract's, and those of other schemas that people write by hand.
 * If a schema also limits the length, the words follow "1 to 128 characters, ".
 */
const FORMS: Readonly<Record<string, string>> = {
  '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$': '1 to 64 letters, digits or . _ : -, starting with a letter or digit',
  '^(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})$':
    'a UUID or a ULID in upper case',
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$': 'a UUID in lower case',
  '^[0-9a-f]{64}$': '64 hex digits in lower case',
  '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?(?:[Zz]|[+-]\\d{2}:\\d{2})$':
    'an RFC 3339 date-time with an offset, such as 2026-11-24T08:15:30+01:00',
  '^\\d{4}-\\d{2}-\\d{2}$': 'a date, such as 2026-11-24',
  '^(?:[01]\\d|2[0-3]):[0-5]\\d$|^24:00$': 'a time of day from 00:00 to 24:00, such as 08:30',
  '^(?:[01]?\\d|2[0-4]):[0-5]\\d-(?:[01]?\\d|2[0-4]):[0-5]\\d$': 'hours, such as 07:00-19:00',
  '^[0-9.]{1,80}$': '1 to 80 digits or dots',
  '^(?=.*[^\\p{Z}\\p{Cf}\\p{DI}\\u2800])\\P{Cc}*$': 'at least one of them visible, without control characters',
  '^[A-Za-z0-9_-]{8}(?:\\.[A-Za-z0-9_-]{8})*$': 'the version of an entry, as it was read',
  '^(?:\\*|"[A-Za-z0-9_-]{8}(?:\\.[A-Za-z0-9_-]{8})*")$': '* or the ETag of the entry in double quotes, as it was read',
  '^[A-Za-z0-9._:-]{1,64}$': '1 to 64 letters, digits or . _ : -',
  '^[ -~]{1,64}$': '1 to 64 characters of printable ASCII',
  '^(?:door=\\d{1,3}|sec_box(?:=\\d{1,10})?|catra=(?:clockwise|anticlockwise|both))$':
    'door=1, sec_box, sec_box=65793, catra=clockwise, catra=anticlockwise or catra=both',
  '^[0-9A-Fa-f.:]+(?:/\\d{1,3})?$': 'an address or a CIDR block, such as 10.1.0.0/16',
  '^[ !#-[\\]-~]*$': 'printable ASCII without double quotes and backslashes',
  '\\S': 'not only spaces',
  '^rc-\\d{8}T\\d{6}Z-[0-9a-f]{8}$': 'the id of a roll call, such as rc-20261201T083000Z-1f3a9b02',
  '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z~[0-9a-f]{16}$': 'the `version` of an earlier answer',
  '^arn:': 'an ARN, such as arn:aws:sns:eu-central-1:123456789012:changes.fifo',
  '^https?://[^/]+$': 'an origin without a path, such as https://console.example.com',
  '^https?://': 'a URL that starts with http:// or https://',
  '^[A-Za-z0-9_-]+$': 'letters, digits, - or _ only',
  '^\\d+(\\.\\d+)?[smh]$': 'a number followed by s, m or h, such as 30s',
  '^[a-z0-9][a-z0-9-]{0,63}$': '1 to 64 lower-case letters, digits or -, starting with a letter or digit',
};

/** @param data the refused value, for a hint where a URL's + was read as a space */
function textForm(rules: Rules, data: unknown): string | undefined {
  const { minLength, maxLength, pattern } = rules;
  const length = bounds(minLength, maxLength, 'character');
  const parts = length === undefined ? [] : [length];
  if (typeof pattern === 'string') parts.push(FORMS[pattern] ?? `text that matches ${pattern}${exampleIn(rules)}`);
  const isOffsetCut = typeof data === 'string' && /^\d{4}-\S+ \d{2}:\d{2}$/.test(data);
  if (isOffsetCut) parts.push('in a URL with + written as %2B');
  return parts.length === 0 ? undefined : parts.join(', ');
}

function exampleIn({ default: fallback, examples }: Rules): string {
  const example: unknown = fallback ?? (Array.isArray(examples) ? examples[0] : undefined);
  return example === undefined ? '' : `, such as ${String(example)}`;
}

function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Rules): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const parts: string[] = [];
  if (minimum !== undefined) parts.push(`at least ${minimum}`);
  if (exclusiveMinimum !== undefined) parts.push(`more than ${exclusiveMinimum}`);
  if (maximum !== undefined) parts.push(`at most ${maximum}`);
  if (exclusiveMaximum !== undefined) parts.push(`less than ${exclusiveMaximum}`);
  return parts.length === 0 ? '' : ` that is ${parts.join(' and ')}`;
}

function bounds(least: unknown, most: unknown, noun: string): string | undefined {
  if (least === undefined && most === undefined) return undefined;
  const nouns = (most ?? least) === 1 ? noun : `${noun}s`;
  if (most === undefined) return `at least ${least} ${nouns}`;
  if (least === undefined || least === 0) return `at most ${most} ${nouns}`;
  return least === most ? `${most} ${nouns}` : `${least} to ${most} ${nouns}`;
}
