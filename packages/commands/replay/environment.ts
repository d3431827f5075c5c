import { environmentReader, SWIPEGATE_STAGE, stageVariable } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import { DecideSchema } from '@swipegate/lambdas/decide/environment';
import Type from 'typebox';

const { ARCHIVE_BUCKET, EVENTS_BUCKET, TABLE_SITE, TABLE_PRESENCE, TABLE_DECISIONS } = RESOURCES;
const { DECISION_KEEP_DAYS, SITE_CACHE_MS, MAX_CLOCK_SKEW_MS, MAX_OFFLINE_DAYS, LATE_AFTER_MS, REPEAT_WINDOW_MS } =
  DecideSchema.properties;

/** Environment variables of the command: those of decide, so that it decides the same, and the target tables. */
export const ReplaySchema = Type.Object({
  SWIPEGATE_STAGE,
  ARCHIVE_BUCKET,
  EVENTS_BUCKET,
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_REBUILT_PRESENCE: stageVariable('rebuilt-presence', 'empty table to rebuild presence in'),
  TABLE_REBUILT_DECISIONS: stageVariable('rebuilt-decisions', 'empty table to rebuild decisions in'),
  DECISION_KEEP_DAYS,
  SITE_CACHE_MS,
  MAX_CLOCK_SKEW_MS,
  MAX_OFFLINE_DAYS,
  LATE_AFTER_MS,
  REPEAT_WINDOW_MS,
});
export type ReplayEnvironment = Type.Static<typeof ReplaySchema>;

export const readEnvironment = environmentReader('replay', ReplaySchema);
