import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { composeImportHandler } from './import-handler.js';

/** Consumer of notices about uploaded files. Runs unchanged on Lambda and under infra/local. */
export const handler = composeImportHandler(
  {
    dynamodb: new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) }),
    s3: new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: true }),
    sns: new SNSClient({ requestHandler: new NodeHttpHandler({}) }),
  },
  process.env,
);
