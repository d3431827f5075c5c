import { Ajv } from 'ajv';
import type Type from 'typebox';

/** The environment of a function is not what its schema allows. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT_INVALID';
}

/**
 * Makes the reader of a function's environment variables, which is called once, at cold start. What is not set, or empty, gets
 * its default.
 * @param functionName for the message
 * @returns a reader that throws an {@link EnvironmentError} naming each wrong variable and what is allowed
 */
export function environmentReader<Schema extends Type.TObject>(functionName: string, schema: Schema) {
  const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<Type.Static<Schema>>(
    schema,
  );
  const names = Object.keys(schema.properties);
  return (env: Readonly<Record<string, string | undefined>>): Type.Static<Schema> => {
    const candidate: unknown = Object.fromEntries(
      names.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
    );
    if (validate(candidate)) return candidate;
    const reasons = (validate.errors ?? []).map(
      (error) => `${error.instancePath.slice(1)} ${error.message ?? 'is wrong'}`,
    );
    throw new EnvironmentError(`The environment of ${functionName} is not right: ${reasons.join('; ')}`);
  };
}
