import { environmentReader } from '@swipegate/aws/environment';
import { ChangeApplySchema } from '@swipegate/lambdas/change-apply/environment';
import { ChangeImportSchema } from '@swipegate/lambdas/change-import/environment';
import { DecideSchema } from '@swipegate/lambdas/decide/environment';
import { ArchiveSchema } from '@swipegate/lambdas/stores/archive/layout';
import Type from 'typebox';

const { TABLE_CHANGES, TABLE_CARDS, TABLE_EMPLOYEES, TABLE_PRESENCE, EVENTS_BUCKET } = ChangeApplySchema.properties;
const { UPLOADS_BUCKET } = ChangeImportSchema.properties;
const { TABLE_DECISIONS, TABLE_ZONE_STATE, TABLE_UNREADABLE } = DecideSchema.properties;

/** Environment variables of the command: the same as those of the functions that write the data. */
export const EraseSchema = Type.Object({
  TABLE_EMPLOYEES,
  TABLE_CARDS,
  TABLE_CHANGES,
  TABLE_PRESENCE,
  TABLE_ZONE_STATE,
  TABLE_DECISIONS,
  TABLE_UNREADABLE,
  EVENTS_BUCKET,
  ...ArchiveSchema.properties,
  UPLOADS_BUCKET,
});
export type EraseEnvironment = Type.Static<typeof EraseSchema>;

export const readEnvironment = environmentReader('erase', EraseSchema);
