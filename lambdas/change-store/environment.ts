import { environmentReader } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeStoreSchema = Type.Object({
  EVENTS_BUCKET: Type.String({ default: BUCKETS.events, minLength: 1, description: 'bucket of the event store' }),
  TABLE_CHANGES: Type.String({
    default: TABLES.changes,
    minLength: 1,
    description: 'table of changes and their progress',
  }),
  DEAD_LETTER_QUEUE_URL: Type.String({
    pattern: '^https?://',
    description: 'queue for messages that are not valid changes',
  }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'lowest severity that is logged',
  }),
});

export const readEnvironment = environmentReader('change-store', ChangeStoreSchema);
