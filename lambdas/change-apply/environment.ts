import { environmentReader, LOG_LEVEL, nameVariable } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeApplySchema = Type.Object({
  EVENTS_BUCKET: nameVariable(BUCKETS.events, 'bucket of the event store'),
  TABLE_CHANGES: nameVariable(TABLES.changes, 'table of changes and their progress'),
  TABLE_CHANGE_CURSORS: nameVariable(TABLES.changeCursors, 'table of how far each tenant’s changes are applied'),
  TABLE_CARDS: nameVariable(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: nameVariable(TABLES.employees, 'table of cardholders'),
  TABLE_SITE: nameVariable(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_API_KEYS: nameVariable(TABLES.apiKeys, 'table of API keys'),
  TABLE_PRESENCE: nameVariable(TABLES.presence, 'table of cardholder locations'),
  TABLE_ZONE_STATE: nameVariable(TABLES.zoneState, 'table of zones with an occupancy limit or a two-person rule'),
  LOG_LEVEL,
});
export type ChangeApplyEnvironment = Type.Static<typeof ChangeApplySchema>;

export const readEnvironment = environmentReader('change-apply', ChangeApplySchema);
