import { environmentReader } from '@swipegate/aws/environment';
import { BUCKETS } from '@swipegate/contract';
import { DecideSchema } from '@swipegate/lambdas/decide/environment';
import { ArchiveSchema } from '@swipegate/lambdas/stores/archive/layout';
import Type from 'typebox';

const { TABLE_SITE, TABLE_PRESENCE, TABLE_DECISIONS } = DecideSchema.properties;
const { DECISION_KEEP_DAYS, SITE_CACHE_MS, MAX_CLOCK_SKEW_MS, MAX_OFFLINE_DAYS, LATE_AFTER_MS, REPEAT_WINDOW_MS } =
  DecideSchema.properties;
const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the command: those of decide, so that it decides the same, and the target tables. */
export const ReplaySchema = Type.Object({
  ...ArchiveSchema.properties,
  EVENTS_BUCKET: name(BUCKETS.events, 'bucket of the back office’s event store'),
  TABLE_SITE,
  TABLE_PRESENCE,
  TABLE_DECISIONS,
  TABLE_REBUILT_PRESENCE: name('rebuilt-presence', 'empty table to rebuild presence in'),
  TABLE_REBUILT_DECISIONS: name('rebuilt-decisions', 'empty table to rebuild decisions in'),
  DECISION_KEEP_DAYS,
  SITE_CACHE_MS,
  MAX_CLOCK_SKEW_MS,
  MAX_OFFLINE_DAYS,
  LATE_AFTER_MS,
  REPEAT_WINDOW_MS,
});
export type ReplayEnvironment = Type.Static<typeof ReplaySchema>;

export const readEnvironment = environmentReader('replay', ReplaySchema);
