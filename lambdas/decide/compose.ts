import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { pino } from 'pino';
import { parkingLot } from '../stores/parking/parking-lot.js';
import { SiteCache } from '../stores/site-cache.js';
import { createDecideHandler } from './decide-handler.js';
import { readEnvironment } from './environment.js';
import { decideMetrics } from './metrics.js';
import { publish } from './stores/publish.js';
import { ReaderContacts } from './stores/reader-contacts.js';
import { Store } from './stores/store.js';
import { ZoneStore } from './stores/zone-store.js';

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeDecideHandler(
  { dynamodb, kinesis }: { dynamodb: DynamoDBClient; kinesis: KinesisClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  return createDecideHandler({
    store: new Store(dynamodb, environment),
    zones: new ZoneStore(dynamodb, environment),
    contacts: new ReaderContacts(dynamodb, environment.TABLE_READER_CONTACTS),
    sites: new SiteCache(dynamodb, {
      tableName: environment.TABLE_SITE,
      maxAgeMs: environment.SITE_CACHE_MS,
      now: () => performance.now(),
    }),
    publish: (decisions, json) => publish(kinesis, environment.DECISIONS_STREAM, decisions, json),
    park: parkingLot(dynamodb, {
      tableName: environment.TABLE_UNREADABLE,
      keepDays: environment.PARKED_KEEP_DAYS,
      now: () => Date.now(),
    }),
    now: () => Date.now(),
    maxClockSkewMs: environment.MAX_CLOCK_SKEW_MS,
    lateAfterMs: environment.LATE_AFTER_MS,
    metrics: decideMetrics(environment),
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'decide' } }),
  });
}
