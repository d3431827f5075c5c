import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { composeStoreHandler } from './store-handler.js';

/** Consumer of the queue of changes. Runs unchanged on Lambda and under infra/local. */
export const handler = composeStoreHandler(
  {
    dynamodb: new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) }),
    s3: new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: true }),
    sqs: new SQSClient({ requestHandler: new NodeHttpHandler({}) }),
  },
  process.env,
);
