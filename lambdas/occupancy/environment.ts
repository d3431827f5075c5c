import { Ajv } from 'ajv';
import Type from 'typebox';
import { TABLES } from '../../gateway/contract/index.js';

const name = (fallback: string) => Type.String({ default: fallback, minLength: 1 });

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
const Schema = Type.Object({
  TABLE_SITE: name(TABLES.site),
  TABLE_PRESENCE: name(TABLES.presence),
  TABLE_OCCUPANCY: name(TABLES.occupancy),
  OCCUPANCY_KEEP_DAYS: Type.Integer({ default: 400, minimum: 1, maximum: 36_500 }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info' }),
});
export type OccupancyEnvironment = Type.Static<typeof Schema>;

const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<OccupancyEnvironment>(
  Schema,
);

/** Reads the environment once, at cold start. @throws {Error} naming each wrong variable and what is allowed. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): OccupancyEnvironment {
  const candidate: unknown = Object.fromEntries(
    Object.keys(Schema.properties).flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])),
  );
  if (validate(candidate)) return candidate;
  const reasons = (validate.errors ?? []).map(
    (error) => `${error.instancePath.slice(1)} ${error.message ?? 'is wrong'}`,
  );
  throw new Error(`The environment of occupancy is not right: ${reasons.join('; ')}`);
}
