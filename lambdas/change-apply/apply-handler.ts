import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Logger, pino } from 'pino';
import { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, storedKeys } from '../stores/changes/object-keys.js';
import { SiteCache } from '../stores/site-cache.js';
import { Cursors, type DrainParts, drainTenant } from './drain.js';
import { readEnvironment } from './environment.js';
import { FactReader } from './facts.js';

/** Time reserved for the last page, ms. */
const RESERVE_MS = 5_000;

/**
 * Creates the Lambda handler: notices of stored events in (SQS messages that each hold an S3 event), partial batch
 * response out. A message is done when its tenant's events are applied up to the one it names.
 */
export function createApplyHandler(parts: Omit<DrainParts, 'hasTime'>) {
  return async (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
    const notices = event.Records.map(({ messageId, body }) => ({ messageId, keys: storedKeys(body) }));
    const applied = new Map<string, string | undefined>();
    for (const tenantId of new Set(
      notices.flatMap(({ keys }) => keys.flatMap((key) => parseEventKey(key)?.tenantId ?? [])),
    )) {
      applied.set(tenantId, await drained(tenantId, { ...parts, hasTime }, parts.logger));
    }
    const isApplied = (key: string) => {
      const place = parseEventKey(key);
      // Not an event key: a retry would not help.
      if (place === undefined) return true;
      const last = applied.get(place.tenantId);
      return last !== undefined && key <= last;
    };
    return {
      batchItemFailures: notices.flatMap(({ messageId, keys }) =>
        keys.every(isApplied) ? [] : [{ itemIdentifier: messageId }],
      ),
    };
  };
}

async function drained(tenantId: string, parts: DrainParts, logger: Logger): Promise<string | undefined> {
  try {
    return await drainTenant(tenantId, parts);
  } catch (error) {
    logger.error({ err: error, tenantId }, 'could not apply changes; their messages will be retried');
    return parts.cursors.read(tenantId).catch(() => undefined);
  }
}

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
