import type { Change, ImportLine } from '@swipegate/contract';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Logger } from 'pino';
import { type ImportFiles, UploadError } from '../stores/changes/import-files.js';
import { storedKeys } from '../stores/changes/s3-notice.js';
import { type ImportPlace, parseUploadKey } from '../stores/imports/import-key.js';
import { ImportFileError, readLines } from './read-lines.js';

/** SNS limit. */
const MESSAGES_PER_CALL = 10;

export interface ImportParts {
  files: Pick<ImportFiles, 'open' | 'putResult'>;
  /** Publishes up to 10 changes in order. */
  publish(changes: readonly Change[]): Promise<void>;
  logger: Logger;
  /** ms since the epoch. */
  now(): number;
}

/**
 * Creates the Lambda handler: notices of uploaded files in (SQS messages that each hold an S3 event), changes and a
 * partial batch response out.
 */
export function createImportHandler(parts: ImportParts) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        for (const key of storedKeys(body)) {
          const place = parseUploadKey(key);
          if (place === undefined) parts.logger.warn({ key }, 'object is not an upload; skipped');
          else await importFile(place, parts);
        }
      } catch (error) {
        parts.logger.error({ err: error, messageId }, 'could not import file; it will be retried');
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Publishes a file's changes and stores a result for each line. After a crash it publishes the same changes again. */
async function importFile(place: ImportPlace, parts: ImportParts): Promise<void> {
  const { files, logger, now } = parts;
  try {
    const { request, body, bytes } = await files.open(place);
    const { tenantId, importId } = place;
    const { by, why, kind } = request;
    const requestedAt = new Date(now()).toISOString();
    const lines: ImportLine[] = [];
    let waiting: Change[] = [];
    let problem: string | undefined;
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await parts.publish(waiting);
      waiting = [];
    };
    try {
      for await (const { told, content } of readLines(body, { importId, kind, bytes })) {
        lines.push(told);
        if (told.changeId === undefined || content === undefined) continue;
        waiting.push({ changeId: told.changeId, tenantId, requestedAt, by, why, content });
        if (waiting.length === MESSAGES_PER_CALL) await flush();
      }
    } catch (error) {
      if (!(error instanceof ImportFileError)) throw error;
      problem = error.message;
    }
    await flush();
    const finishedAt = new Date(now()).toISOString();
    await files.putResult({ ...place, ...request, finishedAt, ...(problem && { problem }), lines });
    logger.info({ tenantId, importId, kind, lines: lines.length, problem }, 'file imported');
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    logger.error({ err: error, ...place }, 'file not imported');
  }
}
