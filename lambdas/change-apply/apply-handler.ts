import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import { parseEventKey } from '../stores/changes/object-key.js';
import { storedKeys } from '../stores/changes/s3-notice.js';
import { type DrainParts, drainTenant } from './drain.js';

/** What a last page takes at most. */
const RESERVE_MS = 5_000;

/**
 * Notices of stored events in (SQS messages that each hold an S3 event), partial batch response out. A message is done when its
 * tenant's events are applied up to the one that it tells of.
 */
export function createApplyHandler(parts: Omit<DrainParts, 'hasTime'>) {
  return async (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
    const told = event.Records.map(({ messageId, body }) => ({ messageId, keys: storedKeys(body) }));
    const applied = new Map<string, string | undefined>();
    for (const tenantId of new Set(
      told.flatMap(({ keys }) => keys.flatMap((key) => parseEventKey(key)?.tenantId ?? [])),
    )) {
      applied.set(tenantId, await drained(tenantId, { ...parts, hasTime }, parts.logger));
    }
    const isApplied = (key: string) => {
      const place = parseEventKey(key);
      // Nothing of ours: it comes again for nothing.
      if (place === undefined) return true;
      const last = applied.get(place.tenantId);
      return last !== undefined && key <= last;
    };
    return {
      batchItemFailures: told.flatMap(({ messageId, keys }) =>
        keys.every(isApplied) ? [] : [{ itemIdentifier: messageId }],
      ),
    };
  };
}

async function drained(tenantId: string, parts: DrainParts, logger: Logger): Promise<string | undefined> {
  try {
    return await drainTenant(tenantId, parts);
  } catch (error) {
    logger.error({ err: error, tenantId }, 'changes could not be applied; their messages come again');
    return parts.cursors.read(tenantId).catch(() => undefined);
  }
}
