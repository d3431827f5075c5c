import { environmentReader, LOG_LEVEL, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const {
  EVENTS_BUCKET,
  TABLE_CHANGES,
  TABLE_CHANGE_CURSORS,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_SITE,
  TABLE_API_KEYS,
  TABLE_PRESENCE,
  TABLE_ZONE_STATE,
  TABLE_DEVICE_COMMANDS,
} = RESOURCES;

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeApplySchema = Type.Object({
  SWIPEGATE_STAGE,
  EVENTS_BUCKET,
  TABLE_CHANGES,
  TABLE_CHANGE_CURSORS,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_SITE,
  TABLE_API_KEYS,
  TABLE_PRESENCE,
  TABLE_ZONE_STATE,
  TABLE_DEVICE_COMMANDS,
  LOG_LEVEL,
});
export type ChangeApplyEnvironment = Type.Static<typeof ChangeApplySchema>;

export const readEnvironment = environmentReader('change-apply', ChangeApplySchema);
