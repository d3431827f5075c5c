import { Ajv } from 'ajv';
import Type from 'typebox';

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT_INVALID';
}

/** Schema of a variable that names an AWS resource or a service. */
export function nameVariable(fallback: string, description: string) {
  return Type.String({ default: fallback, minLength: 1, description });
}

export const LOG_LEVEL = Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
  default: 'info',
  description: 'lowest severity that is logged',
});

/** The variables of these names that are set and not empty. An empty variable counts as unset. */
export function givenVariables(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): unknown {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/**
 * Creates the reader of a function's environment variables. Unset and empty variables get their defaults.
 * @returns a reader that throws an {@link EnvironmentError} naming each invalid variable and the allowed values
 */
export function environmentReader<Schema extends Type.TObject>(functionName: string, schema: Schema) {
  const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<Type.Static<Schema>>(
    schema,
  );
  const names = Object.keys(schema.properties);
  return (env: Readonly<Record<string, string | undefined>>): Type.Static<Schema> => {
    const candidate = givenVariables(env, names);
    if (validate(candidate)) return candidate;
    const reasons = (validate.errors ?? []).map(
      (error) => `${error.instancePath.slice(1)} ${error.message ?? 'is invalid'}`,
    );
    throw new EnvironmentError(`The environment of ${functionName} is invalid: ${reasons.join('; ')}`);
  };
}
