import type { S3Client } from '@aws-sdk/client-s3';
import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { untilProcessed } from '@swipegate/aws/backoff';
import type { Change, ImportLine } from '@swipegate/contract';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Logger, pino } from 'pino';
import { changeMessage } from '../stores/changes/change-message.js';
import { ImportFiles, UploadError } from '../stores/changes/import-files.js';
import { type ImportPlace, parseUploadKey, storedKeys } from '../stores/changes/object-keys.js';
import { readEnvironment } from './environment.js';
import { ImportFileError, readLines } from './read-lines.js';

/** SNS limit. */
const MESSAGES_PER_CALL = 10;

interface ImportDeps {
  files: Pick<ImportFiles, 'open' | 'putResult'>;
  /** Publishes up to 10 changes in order. */
  publish(changes: readonly Change[]): Promise<void>;
  logger: Logger;
  /** ms since the epoch. */
  now(): number;
}

/** Creates the Lambda handler: S3 events about uploads in (via SQS), changes and a partial batch response out. */
export function createImportHandler(deps: ImportDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        for (const key of storedKeys(body)) {
          const place = parseUploadKey(key);
          if (place === undefined) deps.logger.warn({ key }, 'object is not an upload; skipped');
          else await importFile(place, deps);
        }
      } catch (error) {
        deps.logger.error({ err: error, messageId }, 'could not import file; it will be retried');
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Publishes a file's changes and stores a result for each line. After a crash it publishes the same changes again. */
async function importFile(place: ImportPlace, deps: ImportDeps): Promise<void> {
  const { files, logger, now } = deps;
  try {
    const { request, body, bytes } = await files.open(place);
    const { tenantId, importId } = place;
    const { by, why, kind } = request;
    const requestedAt = new Date(now()).toISOString();
    const lines: ImportLine[] = [];
    let waiting: Change[] = [];
    let problem: string | undefined;
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await deps.publish(waiting);
      waiting = [];
    };
    try {
      for await (const { result, content } of readLines(body, { importId, kind, bytes })) {
        lines.push(result);
        if (result.changeId === undefined || content === undefined) continue;
        waiting.push({ changeId: result.changeId, tenantId, requestedAt, by, why, content });
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

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeImportHandler(
  { s3, sns }: { s3: S3Client; sns: SNSClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  return createImportHandler({
    files: new ImportFiles(s3, environment.UPLOADS_BUCKET),
    publish: (changes) => publishAll(sns, environment.CHANGES_TOPIC_ARN, changes),
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'change-import' } }),
    now: () => Date.now(),
  });
}

/** Publishes in one call, then resends from the first refused message on, so that later ones do not overtake it. */
async function publishAll(sns: SNSClient, topicArn: string, changes: readonly Change[]): Promise<void> {
  const entries = changes.map((change, i): PublishBatchRequestEntry => ({ Id: String(i), ...changeMessage(change) }));
  await untilProcessed(
    entries,
    async (left) => {
      const { Failed = [] } = await sns.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: left }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      const first = left.findIndex(({ Id }) => failed.has(Id));
      return first === -1 ? undefined : left.slice(first);
    },
    'SNS',
  );
}
