import { explain } from '@swipegate/contract';
import { Ajv, type ValidateFunction } from 'ajv';
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

/**
 * Creates the reader of a program's environment variables. Unset and empty variables get their defaults; '8080'
 * becomes a number where the schema wants one. A schema may put its pattern into words with `allowed`.
 * @param program for the error message, such as "the gateway"
 * @returns a reader that throws an {@link EnvironmentError} with each wrong variable, its value and what is allowed
 */
export function environmentReader<Schema extends Type.TObject>(program: string, schema: Schema) {
  const ajv = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true, verbose: true, keywords: ['allowed'] });
  const names = Object.keys(schema.properties);
  let validate: ValidateFunction<Type.Static<Schema>> | undefined;
  return (env: Readonly<Record<string, string | undefined>>): Type.Static<Schema> => {
    validate ??= ajv.compile<Type.Static<Schema>>(schema);
    const candidate: unknown = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
    if (validate(candidate)) return candidate;
    const lines = (validate.errors ?? []).map((error) => {
      const { field, reason } = explain([error]);
      const { allowed, description }: Record<string, unknown> = { ...error.parentSchema };
      // The value may hold escape sequences for the terminal.
      const given = env[field] ? `${field}=${env[field].replaceAll(/\p{Cc}/gu, '\ufffd')}` : field;
      const rule = allowed === undefined || error.keyword === 'required' ? reason : `must be ${String(allowed)}`;
      return `${given}: ${rule}${typeof description === 'string' ? ` (${description})` : ''}`;
    });
    throw new EnvironmentError(`The environment of ${program} is not valid:\n  ${lines.join('\n  ')}`);
  };
}
