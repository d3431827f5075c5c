import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { composeApplyHandler } from './apply-handler.js';

/** Consumer of notices about stored events. Runs unchanged on Lambda and under infra/local. */
export const handler = composeApplyHandler(
  {
    dynamodb: new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) }),
    s3: new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: true }),
  },
  process.env,
);
