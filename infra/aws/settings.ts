import { Ajv } from 'ajv';
import Type from 'typebox';
import { explain } from '../../gateway/contract/index.js';

/** What a deployment decides. Read from environment variables of the same names; all have defaults that synthesise. */
export const SettingsSchema = Type.Object(
  {
    SWIPEGATE_STAGE: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,20}$',
      default: 'production',
      description: 'Names the stacks, so that several may stand in one account',
    }),
    AWS_REGION: Type.String({
      pattern: '^[a-z]{2}(-[a-z]+)+-\\d$',
      default: 'eu-central-1',
      description: 'Region of everything',
    }),
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
    SWIPEGATE_DOMAIN: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+){2,}$',
        description:
          'Name under which readers reach the gateway, such as swipes.example.com; without it there is no gateway stack',
      }),
    ),
    SWIPEGATE_ZONE_ID: Type.Optional(
      Type.String({
        pattern: '^Z[A-Z0-9]{5,31}$',
        description: 'The hosted zone of Route 53 that SWIPEGATE_DOMAIN lies in',
      }),
    ),
    SWIPEGATE_CLIENT_CA_BUCKET: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
        description:
          'Bucket in the same region that holds the authorities of readers’ certificates; without it none is asked for',
      }),
    ),
    SWIPEGATE_CLIENT_CA_KEY: Type.Optional(
      Type.String({
        pattern: '^[^/]',
        maxLength: 1_024,
        description:
          'Key of their bundle in SWIPEGATE_CLIENT_CA_BUCKET, a file of PEM certificates, such as readers/2026.pem',
      }),
    ),
    SWIPEGATE_INSTANCE_TYPE: Type.String({
      pattern: '^[a-z0-9]+g[a-z]*\\.[a-z0-9]+$',
      default: 'c7g.large',
      description: 'Of the gateways, on Graviton: c7g.large, m8g.xlarge …',
    }),
    SWIPEGATE_MIN_GATEWAYS: Type.Integer({ minimum: 1, maximum: 20, default: 2, description: 'Gateways at least' }),
    SWIPEGATE_MAX_GATEWAYS: Type.Integer({
      minimum: 1,
      maximum: 20,
      default: 6,
      description: 'And at most: 20 fan-out consumers may follow a stream',
    }),
    SWIPEGATE_ALARM_EMAIL: Type.Optional(
      Type.String({
        pattern: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
        description: 'Who gets a mail when an alarm goes off and when it is over; others subscribe to the topics',
      }),
    ),
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

export type Settings = Type.Static<typeof SettingsSchema>;

const SETTING_NAMES: readonly string[] = Object.keys(SettingsSchema.properties);

const isSettings = new Ajv({ coerceTypes: true, useDefaults: true, verbose: true }).compile<Settings>(SettingsSchema);

const TOGETHER = [
  ['SWIPEGATE_DOMAIN', 'SWIPEGATE_ZONE_ID'],
  ['SWIPEGATE_CLIENT_CA_BUCKET', 'SWIPEGATE_CLIENT_CA_KEY'],
] as const;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS_INVALID';
}

/** @throws {SettingsError} naming the variable and what is allowed */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: unknown = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
  );
  if (!isSettings(given)) {
    const { field, reason } = explain(isSettings.errors);
    throw new SettingsError(`${field} ${reason}.`);
  }
  for (const pair of TOGETHER) {
    const [missing, ...more] = pair.filter((name) => given[name] === undefined);
    if (missing !== undefined && more.length === 0) {
      throw new SettingsError(`${missing} is not set: ${pair.join(' and ')} belong together, set both, or neither.`);
    }
  }
  if (given.SWIPEGATE_CLIENT_CA_BUCKET !== undefined && given.SWIPEGATE_DOMAIN === undefined) {
    throw new SettingsError('SWIPEGATE_CLIENT_CA_BUCKET needs SWIPEGATE_DOMAIN: without it there is no load balancer.');
  }
  if (given.SWIPEGATE_MAX_GATEWAYS < given.SWIPEGATE_MIN_GATEWAYS) {
    throw new SettingsError('SWIPEGATE_MAX_GATEWAYS is below SWIPEGATE_MIN_GATEWAYS.');
  }
  return given;
}
