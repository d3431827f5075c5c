import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import { parseEventKey } from '../stores/changes/object-keys.js';
import { storedKeys } from '../stores/changes/s3-notice.js';
import { type DrainParts, drainTenant } from './drain.js';

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
