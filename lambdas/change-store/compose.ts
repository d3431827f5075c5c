import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { pino } from 'pino';
import { EventStore } from '../stores/changes/event-store.js';
import { readEnvironment } from './environment.js';
import { createStoreHandler } from './store-handler.js';

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeStoreHandler(
  { dynamodb, s3, sqs }: { dynamodb: DynamoDBClient; s3: S3Client; sqs: SQSClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  return createStoreHandler({
    dynamodb,
    tableChanges: environment.TABLE_CHANGES,
    events: new EventStore(s3, environment.EVENTS_BUCKET),
    async bury({ body, messageId, attributes }, reason) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: environment.DEAD_LETTER_QUEUE_URL,
          MessageBody: body,
          MessageGroupId: attributes.MessageGroupId,
          MessageDeduplicationId: messageId,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
        }),
      );
    },
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'change-store' } }),
    now: () => Date.now(),
  });
}
