import { environmentReader, LOG_LEVEL, nameVariable } from '@swipegate/aws/environment';
import { TABLES } from '@swipegate/contract';
import Type from 'typebox';

/** Environment variables of the function. Region, endpoints and credentials come from the SDK. */
export const OccupancySchema = Type.Object({
  TABLE_SITE: nameVariable(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_PRESENCE: nameVariable(TABLES.presence, 'table of who is where'),
  TABLE_OCCUPANCY: nameVariable(TABLES.occupancy, 'table of headcounts by minute'),
  OCCUPANCY_KEEP_DAYS: Type.Integer({
    default: 400,
    minimum: 1,
    maximum: 36_500,
    description: 'retention of the headcounts, days',
  }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('occupancy', OccupancySchema);
