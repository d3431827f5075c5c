import Type from 'typebox';
import { ArchiveSchema } from '../archive/environment.js';
import { ChangeApplySchema } from '../change-apply/environment.js';
import { ChangeImportSchema } from '../change-import/environment.js';
import { DecideSchema } from '../decide/environment.js';
import { environmentReader } from '../environment.js';

const { TABLE_CHANGES, TABLE_CARDS, TABLE_EMPLOYEES, TABLE_PRESENCE, EVENTS_BUCKET } = ChangeApplySchema.properties;
const { UPLOADS_BUCKET } = ChangeImportSchema.properties;
const { TABLE_DECISIONS, TABLE_ZONE_STATE, TABLE_UNREADABLE } = DecideSchema.properties;

/** Environment variables of the command: those of the functions that write what it erases. */
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
