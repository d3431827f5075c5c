import { environmentReader } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeApplySchema = Type.Object({
  EVENTS_BUCKET: name(BUCKETS.events, 'bucket of the event store'),
  TABLE_CHANGES: name(TABLES.changes, 'table of changes and their progress'),
  TABLE_CHANGE_CURSORS: name(TABLES.changeCursors, 'table of how far each tenant’s changes are applied'),
  TABLE_CARDS: name(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: name(TABLES.employees, 'table of cardholders'),
  TABLE_SITE: name(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_API_KEYS: name(TABLES.apiKeys, 'table of API keys'),
  TABLE_PRESENCE: name(TABLES.presence, 'table of cardholder locations'),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'lowest severity that is logged',
  }),
});
export type ChangeApplyEnvironment = Type.Static<typeof ChangeApplySchema>;

export const readEnvironment = environmentReader('change-apply', ChangeApplySchema);
