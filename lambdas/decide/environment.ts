import { environmentReader } from '@swipegate/aws/environment';
import { STREAMS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });
const count = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description });

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const DecideSchema = Type.Object({
  DECISIONS_STREAM: name(STREAMS.decisions, 'stream that decisions go to'),
  TABLE_SITE: name(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_CARDS: name(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: name(TABLES.employees, 'table of cardholders'),
  TABLE_PRESENCE: name(TABLES.presence, 'table of who is where'),
  TABLE_DECISIONS: name(TABLES.decisions, 'table of decisions'),
  TABLE_DOOR_EVENTS: name(TABLES.doorEvents, 'table of door events'),
  TABLE_ZONE_STATE: name(TABLES.zoneState, 'table of zones whose rules look at who else is there'),
  TABLE_READER_CONTACTS: name(TABLES.readerContacts, 'table of when readers were last heard'),
  TABLE_UNREADABLE: name(TABLES.unreadable, 'table that records are parked in'),
  PARKED_KEEP_DAYS: count(400, 1, 3_650, 'how long a parked record waits for somebody to put it right, days'),
  SITE_CACHE_MS: count(5_000, 0, 3_600_000, 'how long buildings, zones and readers are kept in memory, ms'),
  MAX_CLOCK_SKEW_MS: count(
    300_000,
    0,
    86_400_000,
    'how far readAt may lie from when the gateway took the swipe; beyond it the gateway’s time counts, ms',
  ),
  LATE_AFTER_MS: count(
    60_000,
    1_000,
    86_400_000,
    'a swipe that reaches the stream so long after the gateway took it is history, and opens no door, ms',
  ),
  DECISION_KEEP_DAYS: count(400, 1, 36_500, 'how long decisions and door events are kept, days'),
  POWERTOOLS_METRICS_NAMESPACE: Type.Optional(
    Type.String({ description: 'namespace of its metrics in CloudWatch; without it there are none' }),
  ),
  POWERTOOLS_SERVICE_NAME: name('decide', 'service that its metrics are of'),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'least severe of what is logged',
  }),
});
export type DecideEnvironment = Type.Static<typeof DecideSchema>;

export const readEnvironment = environmentReader('decide', DecideSchema);
