import type { S3Client } from '@aws-sdk/client-s3';
import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { untilProcessed } from '@swipegate/aws/backoff';
import type { Change } from '@swipegate/contract';
import { pino } from 'pino';
import { ImportFiles } from '../stores/changes/import-files.js';
import { readEnvironment } from './environment.js';
import { createImportHandler } from './import-handler.js';

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
  const entries = changes.map(
    (change, i): PublishBatchRequestEntry => ({
      Id: String(i),
      Message: JSON.stringify(change),
      MessageGroupId: change.tenantId,
      MessageDeduplicationId: change.changeId,
    }),
  );
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
