import { environmentReader, LOG_LEVEL, nameVariable, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';
import type { ClockLimits } from './rules/clock.js';

const count = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description });

const {
  DECISIONS_STREAM,
  TABLE_SITE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_DOOR_EVENTS,
  TABLE_ZONE_STATE,
  TABLE_READER_CONTACTS,
  TABLE_UNREADABLE,
} = RESOURCES;

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const DecideSchema = Type.Object({
  SWIPEGATE_STAGE,
  DECISIONS_STREAM,
  TABLE_SITE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_DOOR_EVENTS,
  TABLE_ZONE_STATE,
  TABLE_READER_CONTACTS,
  TABLE_UNREADABLE,
  PARKED_KEEP_DAYS: count(400, 1, 3_650, 'how long parked records are kept, days'),
  SITE_CACHE_MS: count(5_000, 0, 3_600_000, 'how long rows of the site table are cached, ms'),
  MAX_CLOCK_SKEW_MS: count(
    300_000,
    0,
    86_400_000,
    'largest difference between a reader’s time and receivedAt; beyond it the gateway’s time (receivedAt) counts, ms',
  ),
  MAX_OFFLINE_DAYS: count(
    31,
    1,
    3_650,
    'how old an offline swipe can be when it is received; beyond it the reader’s clock is wrong and receivedAt counts, days',
  ),
  LATE_AFTER_MS: count(
    60_000,
    1_000,
    86_400_000,
    'a swipe that takes longer than this from the gateway to the stream is history and opens no door, ms',
  ),
  REPEAT_WINDOW_MS: count(
    5_000,
    0,
    30_000,
    'the same card again at the same reader within this time is a repeat and gets the same answer; 0: never, ms',
  ),
  DECISION_KEEP_DAYS: count(400, 1, 36_500, 'how long decisions and door events are kept, days'),
  POWERTOOLS_METRICS_NAMESPACE: Type.Optional(
    Type.String({ description: 'CloudWatch namespace of the metrics; without it none are written' }),
  ),
  POWERTOOLS_SERVICE_NAME: nameVariable('decide', 'service dimension of the metrics'),
  LOG_LEVEL,
});
export type DecideEnvironment = Type.Static<typeof DecideSchema>;

export const readEnvironment = environmentReader('decide', DecideSchema);

const DAY_MS = 86_400_000;

/** Limits within which the readers' clocks are trusted. */
export function clockLimitsOf(
  environment: Pick<DecideEnvironment, 'MAX_CLOCK_SKEW_MS' | 'MAX_OFFLINE_DAYS'>,
): ClockLimits {
  return {
    maxClockSkewMs: environment.MAX_CLOCK_SKEW_MS,
    maxOfflineMs: environment.MAX_OFFLINE_DAYS * DAY_MS,
  };
}
