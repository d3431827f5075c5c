import { environmentReader, LOG_LEVEL, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { EVENTS_BUCKET, TABLE_CHANGES } = RESOURCES;

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeStoreSchema = Type.Object({
  SWIPEGATE_STAGE,
  EVENTS_BUCKET,
  TABLE_CHANGES,
  DEAD_LETTER_QUEUE_URL: Type.String({
    pattern: '^https?://',
    description: 'queue for messages that are not valid changes',
  }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('change-store', ChangeStoreSchema);
