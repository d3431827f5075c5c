import { environmentReader } from '@swipegate/aws/environment';
import { TABLES } from '@swipegate/contract';
import Type from 'typebox';

const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the function. Region, endpoints and credentials come from the SDK. */
export const OccupancySchema = Type.Object({
  TABLE_SITE: name(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_PRESENCE: name(TABLES.presence, 'table of who is where'),
  TABLE_OCCUPANCY: name(TABLES.occupancy, 'table of headcounts by minute'),
  OCCUPANCY_KEEP_DAYS: Type.Integer({
    default: 400,
    minimum: 1,
    maximum: 36_500,
    description: 'retention of the headcounts, days',
  }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'lowest level to log',
  }),
});

export const readEnvironment = environmentReader('occupancy', OccupancySchema);
