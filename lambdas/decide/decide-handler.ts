import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import { LockableSites, readLockdowns } from '../stores/lockdowns.js';
import { ParkedRecords } from '../stores/parked-records.js';
import { SiteCache } from '../stores/site-cache.js';
import { type DecideDeps, decideBatch } from './batch.js';
import { clockLimitsOf, readEnvironment } from './environment.js';
import { decideMetrics } from './metrics.js';
import { readRecords, shardKeyOf } from './records/records.js';
import { LastingAlarms } from './stores/alarms.js';
import { DeviceContacts } from './stores/device-contacts.js';
import { publish } from './stores/publish.js';
import { ReaderContacts } from './stores/reader-contacts.js';
import { Store } from './stores/store.js';
import { ZoneStore } from './stores/zone-store.js';

/**
 * Composes the function: a KinesisStreamEvent in, a partial batch response out
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 * @throws {EnvironmentError} naming each invalid environment variable
 */
export function composeDecideHandler(
  { dynamodb, kinesis }: { dynamodb: DynamoDBClient; kinesis: KinesisClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  const metrics = decideMetrics(environment);
  const parked = new ParkedRecords(dynamodb, environment.TABLE_UNREADABLE);
  const deps: Omit<DecideDeps, 'park'> = {
    store: new Store(dynamodb, environment),
    zones: new ZoneStore(dynamodb, environment),
    lasting: new LastingAlarms(),
    contacts: new ReaderContacts(dynamodb, environment.TABLE_READER_CONTACTS),
    devices: new DeviceContacts(dynamodb, environment.TABLE_READER_CONTACTS),
    sites: new LockableSites(
      new SiteCache(dynamodb, { tableName: environment.TABLE_SITE, maxAgeMs: environment.SITE_CACHE_MS }),
      (tenantId) => readLockdowns(dynamodb, environment.TABLE_SITE, tenantId),
    ),
    async publish(decisions, json) {
      await publish(kinesis, environment.DECISIONS_STREAM, decisions, json);
      metrics.decided(decisions);
    },
    unreadable: (rows) => metrics.unreadable(rows),
    now: () => Date.now(),
    clock: clockLimitsOf(environment),
    lateAfterMs: environment.LATE_AFTER_MS,
    repeatWindowMs: environment.REPEAT_WINDOW_MS,
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'decide' } }),
  };
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const shardKey = shardKeyOf(event.Records);
    const batch = readRecords(event.Records);
    const park: DecideDeps['park'] = async (records) => {
      await parked.park(shardKey, records, environment.PARKED_KEEP_DAYS);
      metrics.parked(records.length);
    };
    const failed = new Set(await decideBatch(batch, { ...deps, park }));
    metrics.publish({ swipes: batch.swipes.length, failed: failed.size });
    return {
      // Lambda retries from the lowest sequence number. Stream order puts that one first in logs.
      batchItemFailures: event.Records.flatMap(({ kinesis: { sequenceNumber } }) =>
        failed.has(sequenceNumber) ? [{ itemIdentifier: sequenceNumber }] : [],
      ),
    };
  };
}
