import { environmentReader, LOG_LEVEL, nameVariable } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeStoreSchema = Type.Object({
  EVENTS_BUCKET: nameVariable(BUCKETS.events, 'bucket of the event store'),
  TABLE_CHANGES: nameVariable(TABLES.changes, 'table of changes and their progress'),
  DEAD_LETTER_QUEUE_URL: Type.String({
    pattern: '^https?://',
    description: 'queue for messages that are not valid changes',
  }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('change-store', ChangeStoreSchema);
