import { Ajv } from 'ajv';
import Type from 'typebox';
import { STREAMS, TABLES } from '../../gateway/contract/index.js';

const name = (fallback: string) => Type.String({ default: fallback, minLength: 1 });

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
const Schema = Type.Object({
  DECISIONS_STREAM: name(STREAMS.decisions),
  TABLE_SITE: name(TABLES.site),
  TABLE_CARDS: name(TABLES.cards),
  TABLE_EMPLOYEES: name(TABLES.employees),
  TABLE_PRESENCE: name(TABLES.presence),
  TABLE_DECISIONS: name(TABLES.decisions),
  TABLE_DOOR_EVENTS: name(TABLES.doorEvents),
  TABLE_ZONE_STATE: name(TABLES.zoneState),
  TABLE_READER_CONTACTS: name(TABLES.readerContacts),
  TABLE_UNREADABLE: name(TABLES.unreadable),
  /** How long a parked record waits for somebody to put it right. */
  PARKED_KEEP_DAYS: Type.Integer({ default: 400, minimum: 1, maximum: 3_650 }),
  SITE_CACHE_MS: Type.Integer({ default: 5_000, minimum: 0, maximum: 3_600_000 }),
  MAX_CLOCK_SKEW_MS: Type.Integer({ default: 300_000, minimum: 0, maximum: 86_400_000 }),
  /** A swipe that reaches the stream this long after the gateway took it is history: it opens no door any more. */
  LATE_AFTER_MS: Type.Integer({ default: 60_000, minimum: 1_000, maximum: 86_400_000 }),
  /** How long decisions and door events are kept. */
  DECISION_KEEP_DAYS: Type.Integer({ default: 400, minimum: 1, maximum: 36_500 }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info' }),
});
export type DecideEnvironment = Type.Static<typeof Schema>;

const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<DecideEnvironment>(Schema);

/** Reads the environment once, at cold start. @throws {Error} naming each wrong variable and what is allowed. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): DecideEnvironment {
  const candidate: unknown = Object.fromEntries(
    Object.keys(Schema.properties).flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])),
  );
  if (validate(candidate)) return candidate;
  const reasons = (validate.errors ?? []).map(
    (error) => `${error.instancePath.slice(1)} ${error.message ?? 'is wrong'}`,
  );
  throw new Error(`The environment of decide is not right: ${reasons.join('; ')}`);
}
