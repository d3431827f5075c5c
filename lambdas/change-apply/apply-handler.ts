import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { pino } from 'pino';
import { EventStore } from '../stores/changes/event-store.js';
import { parseEventKey, storedKeys } from '../stores/changes/object-keys.js';
import { type DrainDeps, drainTenant, readCursor } from './drain.js';
import { readEnvironment } from './environment.js';
import { FactReader } from './fact-reader.js';
import { rejectOvertaken } from './overtaken.js';

/** Time reserved for the last page, ms. */
const RESERVE_MS = 5_000;

/**
 * Composes the function: notices of stored events in (SQS messages that each hold an S3 event), partial batch response
 * out. A message is done when its tenant's events are applied up to the one it names.
 * @throws {EnvironmentError} naming each invalid environment variable
 */
export function composeApplyHandler(
  { dynamodb, s3 }: { dynamodb: DynamoDBClient; s3: S3Client },
  env: Readonly<Record<string, string | undefined>>,
) {
  const tables = readEnvironment(env);
  const deps: Omit<DrainDeps, 'hasTime'> = {
    dynamodb,
    tables,
    events: new EventStore(s3, tables.EVENTS_BUCKET),
    facts: new FactReader(dynamodb, tables),
    logger: pino({ level: tables.LOG_LEVEL, base: { function: 'change-apply' } }),
    now: () => Date.now(),
  };
  return async (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
    const notices = event.Records.map(({ messageId, body }) => ({ messageId, keys: storedKeys(body) }));
    const applied = new Map<string, string | undefined>();
    const tenantIds = notices.flatMap(({ keys }) => keys.flatMap((key) => parseEventKey(key)?.tenantId ?? []));
    for (const tenantId of new Set(tenantIds)) {
      applied.set(tenantId, await drained(tenantId, { ...deps, hasTime }));
    }
    const isApplied = (key: string) => {
      const place = parseEventKey(key);
      // Not an event key: a retry would not help.
      if (place === undefined) return true;
      const last = applied.get(place.tenantId);
      return last !== undefined && key <= last;
    };
    const done = notices.flatMap(({ keys }) => keys.filter(isApplied));
    // If it fails, all messages are retried.
    await rejectOvertaken(done, deps);
    return {
      batchItemFailures: notices.flatMap(({ messageId, keys }) =>
        keys.every(isApplied) ? [] : [{ itemIdentifier: messageId }],
      ),
    };
  };
}

async function drained(tenantId: string, deps: DrainDeps): Promise<string | undefined> {
  try {
    return await drainTenant(tenantId, deps);
  } catch (error) {
    deps.logger.error({ err: error, tenantId }, 'could not apply changes; their messages will be retried');
    return readCursor(tenantId, deps).catch(() => undefined);
  }
}
