import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_EMPLOYEES, TABLE_CARDS, TABLE_CHANGES, TABLE_PRESENCE, TABLE_ZONE_STATE } = RESOURCES;
const { TABLE_DECISIONS, TABLE_UNREADABLE, EVENTS_BUCKET, ARCHIVE_BUCKET, UPLOADS_BUCKET } = RESOURCES;

/** Environment variables of the command: where the person's data is. */
export const EraseSchema = Type.Object({
  SWIPEGATE_STAGE,
  TABLE_EMPLOYEES,
  TABLE_CARDS,
  TABLE_CHANGES,
  TABLE_PRESENCE,
  TABLE_ZONE_STATE,
  TABLE_DECISIONS,
  TABLE_UNREADABLE,
  EVENTS_BUCKET,
  ARCHIVE_BUCKET,
  UPLOADS_BUCKET,
});
export type EraseEnvironment = Type.Static<typeof EraseSchema>;

export const readEnvironment = environmentReader('erase', EraseSchema);
