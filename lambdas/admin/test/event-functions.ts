import { QueueSource } from '@swipegate/infra/local/sources/queue-source/queue-source';
import { queueMappings } from '@swipegate/infra/resources';
import { pino } from 'pino';
import type { Test } from 'tap';
import { composeApplyHandler } from '../../change-apply/apply-handler.js';
import { composeImportHandler } from '../../change-import/import-handler.js';
import { composeStoreHandler } from '../../change-store/store-handler.js';
import type { AdminApi } from './admin-api.js';

/** Runs the functions behind the API on their queues, so that changes settle. */
export async function runEventFunctions(t: Test, { services, dynamodb, names }: AdminApi): Promise<void> {
  const { s3, sns, sqs } = services;
  const env = {
    CHANGES_TOPIC_ARN: names.changesTopicArn,
    DEAD_LETTER_QUEUE_URL: names.queueUrls.changesDead,
    LOG_LEVEL: 'silent',
  };
  const logger = pino({ level: 'silent' });
  const sources = await Promise.all([
    QueueSource.start({
      sqs,
      mapping: queueMappings.changes,
      handler: composeStoreHandler({ dynamodb, s3, sqs }, env),
      logger,
    }),
    QueueSource.start({
      sqs,
      mapping: queueMappings.stored,
      handler: composeApplyHandler({ dynamodb, s3 }, env),
      logger,
    }),
    QueueSource.start({
      sqs,
      mapping: queueMappings.uploads,
      handler: composeImportHandler({ dynamodb, s3, sns }, env),
      logger,
    }),
  ]);
  t.teardown(() => Promise.all(sources.map((source) => source.stop())));
}
