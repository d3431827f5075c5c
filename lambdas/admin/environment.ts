import { environmentReader, SIGN_IN, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const {
  UPLOADS_BUCKET,
  TABLE_API_KEYS,
  TABLE_CHANGES,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_OCCUPANCY,
  TABLE_READER_CONTACTS,
  TABLE_DEVICE_COMMANDS,
  TABLE_ROLL_CALLS,
} = RESOURCES;

/** Environment variables of the admin API. The SDK reads region, endpoints and credentials itself. */
export const AdminSchema = Type.Object({
  ...SIGN_IN,
  CHANGES_TOPIC_ARN: Type.String({ pattern: '^arn:', description: 'topic that changes are published to' }),
  SWIPEGATE_STAGE,
  UPLOADS_BUCKET,
  TABLE_API_KEYS,
  TABLE_CHANGES,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_OCCUPANCY,
  TABLE_READER_CONTACTS,
  TABLE_DEVICE_COMMANDS,
  TABLE_ROLL_CALLS,
  CONSOLE_ORIGIN: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'origin of the console, if it differs from the API’s',
    }),
  ),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'lowest level that is logged',
  }),
});
export type AdminEnvironment = Type.Static<typeof AdminSchema>;

export const readEnvironment = environmentReader('admin', AdminSchema);
