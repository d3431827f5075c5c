import { Ajv } from 'ajv';
import Type from 'typebox';
import { ArchiveSchema } from '../archive/environment.js';
import { DecideSchema } from '../decide/environment.js';

const { TABLE_SITE, TABLE_PRESENCE, TABLE_DECISIONS } = DecideSchema.properties;
const { DECISION_KEEP_DAYS, SITE_CACHE_MS, MAX_CLOCK_SKEW_MS, LATE_AFTER_MS } = DecideSchema.properties;
const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the command: those of decide, so that it decides alike, and where it rebuilds. */
export const ReplaySchema = Type.Object({
  ...ArchiveSchema.properties,
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_REBUILT_PRESENCE: name('rebuilt-presence', 'empty table that who is where is rebuilt in'),
  TABLE_REBUILT_DECISIONS: name('rebuilt-decisions', 'empty table that decisions are rebuilt in'),
  DECISION_KEEP_DAYS,
  SITE_CACHE_MS,
  MAX_CLOCK_SKEW_MS,
  LATE_AFTER_MS,
});
export type ReplayEnvironment = Type.Static<typeof ReplaySchema>;

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT_INVALID';
}

const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<ReplayEnvironment>(
  ReplaySchema,
);

/** @throws {EnvironmentError} naming each wrong variable and what is allowed */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): ReplayEnvironment {
  const candidate: unknown = Object.fromEntries(
    Object.keys(ReplaySchema.properties).flatMap((key) =>
      env[key] === undefined || env[key] === '' ? [] : [[key, env[key]]],
    ),
  );
  if (validate(candidate)) return candidate;
  const reasons = (validate.errors ?? []).map(
    (error) => `${error.instancePath.slice(1)} ${error.message ?? 'is wrong'}`,
  );
  throw new EnvironmentError(`The environment of replay is not right: ${reasons.join('; ')}`);
}
