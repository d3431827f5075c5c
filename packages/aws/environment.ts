import { explain, nameInStage, TRUSTED_SCHEMAS } from '@swipegate/contract';
import { Ajv, type ValidateFunction } from 'ajv';
import Type from 'typebox';

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT_INVALID';
}

/** Schema of a variable that names a service, or another thing that is the same in all stages. */
export function nameVariable(fallback: string, description: string) {
  return Type.String({ default: fallback, minLength: 1, description });
}

/** Schema of a variable that names a stream or a table: the name of the local cloud, or in a stage the stage's own. */
export function stageVariable(localName: string, description: string) {
  return Type.String({ default: localName, minLength: 1, onAws: 'in stage', description });
}

/** Schema of a variable that names a bucket. CloudFormation generates a stage's names, so they must be given. */
export function bucketVariable(localName: string, output: string, description: string) {
  return Type.String({ default: localName, minLength: 1, onAws: output, description });
}

/** Names of stages: production, test, … */
export const STAGE_NAME = {
  pattern: '^[a-z][a-z0-9-]{0,20}$',
  allowed: '1 to 21 lower-case letters, digits or -, starting with a letter',
};

/** The deployment that a program belongs to. It decides the names of streams and tables. */
export const SWIPEGATE_STAGE = Type.Optional(
  Type.String({
    ...STAGE_NAME,
    description: 'stage on AWS, part of the names of its streams and tables; unset: the names of the local cloud',
  }),
);

export const LOG_LEVEL = Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
  default: 'info',
  description: 'lowest severity that is logged',
});

/** Variables of programs that accept the access tokens of the back office's users. */
export const SIGN_IN = {
  TOKEN_ISSUER: Type.String({
    pattern: '^https?://',
    description: 'issuer of the users’ tokens; must equal their `iss` exactly',
  }),
  TOKEN_CLIENT_ID: Type.String({ minLength: 1, description: 'app client that the tokens must be issued to' }),
  TOKEN_JWKS_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'URL of the issuer’s public keys; default: /.well-known/jwks.json of the issuer',
    }),
  ),
};

/**
 * Creates the reader of a program's environment variables. Unset and empty variables get their defaults; '8080'
 * becomes a number where the schema wants one. A schema may put its pattern into words with `allowed`.
 * @param program for the error message, such as "the gateway"
 * @returns a reader that throws an {@link EnvironmentError} with each wrong variable, its value and what is allowed
 */
export function environmentReader<Schema extends Type.TObject>(program: string, schema: Schema) {
  const keywords = ['allowed', 'onAws'];
  const form = { coerceTypes: true, useDefaults: true, allErrors: true, verbose: true, keywords };
  const ajv = new Ajv({ ...form, ...TRUSTED_SCHEMAS });
  const names = Object.keys(schema.properties);
  let validate: ValidateFunction<Type.Static<Schema>> | undefined;
  return (env: Readonly<Record<string, string | undefined>>): Type.Static<Schema> => {
    validate ??= ajv.compile<Type.Static<Schema>>(schema);
    const stage = names.includes('SWIPEGATE_STAGE') ? env['SWIPEGATE_STAGE'] || undefined : undefined;
    const candidate: unknown = Object.fromEntries(
      names.flatMap((name) => {
        const value = env[name] || nameOf(schema.properties[name], stage);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const missing = names.flatMap((name) => (env[name] ? [] : missingBucket(name, schema.properties[name], stage)));
    if (validate(candidate) && missing.length === 0) return candidate;
    const lines = (validate.errors ?? []).map((error) => {
      const { field, reason } = explain([error]);
      const { allowed, description }: Record<string, unknown> = { ...error.parentSchema };
      // The value may hold escape sequences for the terminal.
      const given = env[field] ? `${field}=${env[field].replaceAll(/\p{Cc}/gu, '\ufffd')}` : field;
      const rule = allowed === undefined || error.keyword === 'required' ? reason : `must be ${String(allowed)}`;
      return `${given}: ${rule}${typeof description === 'string' ? ` (${description})` : ''}`;
    });
    throw new EnvironmentError(`The environment of ${program} is not valid:\n  ${[...lines, ...missing].join('\n  ')}`);
  };
}

interface NameRules {
  default?: unknown;
  /** `in stage`, or the stack's output that has the generated name. */
  onAws?: unknown;
}

/** A stage's own name for what a variable names; undefined if the variable's default holds. */
function nameOf(rules: NameRules | undefined, stage: string | undefined): string | undefined {
  return stage !== undefined && rules?.onAws === 'in stage' ? nameInStage(String(rules.default), stage) : undefined;
}

function missingBucket(name: string, rules: NameRules | undefined, stage: string | undefined): string[] {
  if (stage === undefined || rules?.onAws === undefined || rules.onAws === 'in stage') return [];
  return [`${name}: must be set with SWIPEGATE_STAGE, because AWS generates the name: ${String(rules.onAws)}`];
}
