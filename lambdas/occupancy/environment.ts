import { environmentReader, LOG_LEVEL, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_SITE, TABLE_PRESENCE, TABLE_OCCUPANCY } = RESOURCES;

/** Environment variables of the function. Region, endpoints and credentials come from the SDK. */
export const OccupancySchema = Type.Object({
  SWIPEGATE_STAGE,
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_OCCUPANCY,
  OCCUPANCY_KEEP_DAYS: Type.Integer({
    default: 400,
    minimum: 1,
    maximum: 36_500,
    description: 'retention of the headcounts, days',
  }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('occupancy', OccupancySchema);
