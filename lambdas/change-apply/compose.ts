import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { EventStore } from '../stores/changes/event-store.js';
import { SiteCache } from '../stores/site-cache.js';
import { createApplyHandler } from './apply-handler.js';
import { Cursors } from './cursors.js';
import { readEnvironment } from './environment.js';
import { FactReader } from './fact-reader.js';

const RECENT_SITE_MS = 5_000;

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeApplyHandler(
  { dynamodb, s3 }: { dynamodb: DynamoDBClient; s3: S3Client },
  env: Readonly<Record<string, string | undefined>>,
) {
  const tables = readEnvironment(env);
  const sites = (maxAgeMs: number) =>
    new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs, now: () => performance.now() });
  return createApplyHandler({
    dynamodb,
    tables,
    events: new EventStore(s3, tables.EVENTS_BUCKET),
    cursors: new Cursors(dynamodb, tables.TABLE_CHANGE_CURSORS),
    facts: new FactReader(dynamodb, tables, { recent: sites(RECENT_SITE_MS), fresh: sites(0) }),
    logger: pino({ level: tables.LOG_LEVEL, base: { function: 'change-apply' } }),
    now: () => Date.now(),
  });
}
