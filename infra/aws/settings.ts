import { Ajv } from 'ajv';
import Type from 'typebox';
import { explain } from '../../gateway/contract/index.js';

/** What a deployment decides. Read from environment variables of the same names; all have defaults that synthesise. */
const Schema = Type.Object(
  {
    SWIPEGATE_STAGE: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,20}$',
      default: 'production',
      description: 'Names the stacks, so that several may stand in one account',
    }),
    AWS_REGION: Type.String({ pattern: '^[a-z]{2}(-[a-z]+)+-\\d$', default: 'eu-central-1', description: 'Where' }),
    AWS_ACCOUNT: Type.Optional(
      Type.String({ pattern: '^\\d{12}$', description: 'Which account; else the one that deploys' }),
    ),
    SWIPEGATE_CAPACITY: Type.Enum(['on-demand', 'provisioned'], {
      default: 'provisioned',
      description: 'Of the streams: provisioned is a third of the price where the load is known, on-demand follows it',
    }),
    SWIPEGATE_SWIPE_SHARDS: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 2,
      description: 'Of the swipes stream, where it is provisioned: one takes about 5,000 swipes/s of single cards',
    }),
    SWIPEGATE_KEEP_DATA: Type.Enum(['yes', 'no'], {
      default: 'yes',
      description: 'Whether tables, archive and keys survive the deletion of their stacks; no is for tests',
    }),
    SWIPEGATE_ARCHIVE_DAYS: Type.Integer({
      minimum: 1,
      maximum: 36_500,
      default: 2_555,
      description: 'How long swipes and decisions stay in the archive: seven years',
    }),
  },
  { additionalProperties: false },
);

export type Settings = Type.Static<typeof Schema>;

export const SETTING_NAMES: readonly string[] = Object.keys(Schema.properties);

const isSettings = new Ajv({ coerceTypes: true, useDefaults: true, verbose: true }).compile<Settings>(Schema);

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS_INVALID';
}

/** @throws {SettingsError} naming the variable and what is allowed */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: unknown = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
  );
  if (isSettings(given)) return given;
  const { field, reason } = explain(isSettings.errors);
  throw new SettingsError(`${field} ${reason}.`);
}
