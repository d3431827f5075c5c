import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import { parkingLot } from '../stores/parked-records.js';
import { SiteCache } from '../stores/site-cache.js';
import { type DecideParts, decideBatch } from './batch.js';
import { readEnvironment } from './environment.js';
import { type DecideMetrics, decideMetrics } from './metrics.js';
import { readRecords, shardKeyOf, type Unreadable } from './records/records.js';
import { publish } from './stores/publish.js';
import { ReaderContacts } from './stores/reader-contacts.js';
import { Store } from './stores/store.js';
import { ZoneStore } from './stores/zone-store.js';

export interface HandlerParts extends Omit<DecideParts, 'park'> {
  /** {@link DecideParts} park, for one shard ({@link shardKeyOf}). */
  park(shardKey: string, records: readonly Unreadable[]): Promise<void>;
  metrics: DecideMetrics;
}

/**
 * Creates the Lambda handler: a KinesisStreamEvent in, a partial batch response out
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 */
export function createDecideHandler(parts: HandlerParts) {
  const { metrics } = parts;
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const shardKey = shardKeyOf(event.Records);
    const batch = readRecords(event.Records);
    const failed = new Set(
      await decideBatch(batch, {
        ...parts,
        async publish(decisions, json) {
          await parts.publish(decisions, json);
          metrics.decided(decisions);
        },
        async park(records) {
          await parts.park(shardKey, records);
          metrics.parked(records.length);
        },
      }),
    );
    metrics.publish({ swipes: batch.swipes.length, failed: failed.size });
    return {
      // Lambda retries from the lowest sequence number. Stream order puts that one first in logs.
      batchItemFailures: event.Records.flatMap(({ kinesis: { sequenceNumber } }) =>
        failed.has(sequenceNumber) ? [{ itemIdentifier: sequenceNumber }] : [],
      ),
    };
  };
}

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
