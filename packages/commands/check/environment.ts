import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_API_KEYS, TABLE_SITE, TABLE_CARDS, TABLE_EMPLOYEES, TABLE_PRESENCE, TABLE_DECISIONS } = RESOURCES;
const { TABLE_DOOR_EVENTS, TABLE_READER_CONTACTS, TABLE_OCCUPANCY } = RESOURCES;

/** Environment variables of the command: where the rows of its test tenant are. */
export const CheckSchema = Type.Object({
  SWIPEGATE_STAGE,
  TABLE_API_KEYS,
  TABLE_SITE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_DOOR_EVENTS,
  TABLE_READER_CONTACTS,
  TABLE_OCCUPANCY,
  OPS_PAGE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of the local ops page; `--local` sets it. Not on AWS',
    }),
  ),
});
export type CheckEnvironment = Type.Static<typeof CheckSchema>;

export const readEnvironment = environmentReader('swipegate check', CheckSchema);
