import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type Type from 'typebox';

const ajv = new Ajv({ allErrors: false, strict: true, verbose: true });

/** Compiles a schema once into a type guard. The guard's last error is read with {@link explain}. */
export function compile<Schema extends Type.TSchema>(schema: Schema): ValidateFunction<Type.Static<Schema>> {
  return ajv.compile<Type.Static<Schema>>(schema);
}

export interface FieldError {
  /** Path of the wrong member, dots between levels; empty for the whole value. */
  field: string;
  reason: string;
}

/** What {@link explain} needs of an error: ajv's own, and Fastify's, which is ajv's with fewer members declared. */
type ValidationError = Pick<ErrorObject, 'keyword' | 'instancePath' | 'params' | 'message' | 'parentSchema'>;

/** Turns the first error of a failed validation into a member and a sentence about it. */
export function explain(errors: readonly ValidationError[] | null | undefined): FieldError {
  const error = errors?.[0];
  if (error === undefined) return { field: '', reason: 'is not valid' };
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const member = (name: unknown) => (path === '' ? String(name) : `${path}.${String(name)}`);
  switch (error.keyword) {
    case 'required':
      return { field: member(error.params['missingProperty']), reason: 'is missing' };
    case 'additionalProperties':
      return { field: member(error.params['additionalProperty']), reason: 'is not a member of this object' };
    case 'pattern':
      return { field: path, reason: `does not have the right form${wanted(error)}` };
    case 'enum':
      return { field: path, reason: `must be one of ${String(error.params['allowedValues'])}` };
    default:
      return { field: path, reason: error.message ?? 'is not valid' };
  }
}

function wanted(error: ValidationError): string {
  const description = error.parentSchema?.['description'];
  return typeof description === 'string' ? ` (${description})` : '';
}
