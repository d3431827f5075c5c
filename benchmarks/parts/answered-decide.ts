import { pino } from 'pino';
import { createDecideHandler } from '../../lambdas/decide/decide-handler.js';
import { decideMetrics } from '../../lambdas/decide/decide-metrics.js';
import { readEnvironment } from '../../lambdas/decide/environment.js';
import { publish } from '../../lambdas/decide/publish.js';
import { ReaderContacts } from '../../lambdas/decide/reader-contacts.js';
import { RecentKeys } from '../../lambdas/decide/recent-keys.js';
import { SiteCache } from '../../lambdas/decide/site-cache.js';
import { Store } from '../../lambdas/decide/store.js';
import { ZoneStore } from '../../lambdas/decide/zone-store.js';
import { parkingLot } from '../../lambdas/parking/parking-lot.js';
import { type Answer, answeredDynamodb, answeredKinesis } from './answered-clients.js';

export interface AnsweredDecideOptions {
  answer: Answer;
  /** Told of the decisions' records, as they are put. */
  onPut: Parameters<typeof answeredKinesis>[0];
  nowMs: number;
}

/** The decision Lambda as lambdas/decide/handler.ts puts it together, with clients that are answered at once. */
export function answeredDecide({ answer, onPut, nowMs }: AnsweredDecideOptions) {
  const environment = readEnvironment({});
  const dynamodb = answeredDynamodb(answer);
  const kinesis = answeredKinesis(onPut);
  return createDecideHandler({
    store: new Store(dynamodb, environment),
    zones: new ZoneStore(dynamodb, environment),
    contacts: new ReaderContacts(dynamodb, environment.TABLE_READER_CONTACTS),
    sites: new SiteCache(dynamodb, {
      tableName: environment.TABLE_SITE,
      maxAgeMs: environment.SITE_CACHE_MS,
      now: () => nowMs,
    }),
    publish: (decisions) => publish(kinesis, environment.DECISIONS_STREAM, decisions),
    park: parkingLot(dynamodb, {
      tableName: environment.TABLE_UNREADABLE,
      keepDays: environment.PARKED_KEEP_DAYS,
      now: () => nowMs,
    }),
    written: new RecentKeys(40_000),
    now: () => nowMs,
    maxClockSkewMs: environment.MAX_CLOCK_SKEW_MS,
    lateAfterMs: environment.LATE_AFTER_MS,
    metrics: decideMetrics({}),
    logger: pino({ level: 'warn' }, process.stderr),
  });
}
