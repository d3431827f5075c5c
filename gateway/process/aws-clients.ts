import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Config } from '../config/config.js';

export function kinesisClient(config: Config): KinesisClient {
  return new KinesisClient({
    region: config.AWS_REGION,
    ...endpoint(config.AWS_ENDPOINT_URL_KINESIS),
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 10_000 }),
  });
}

/** HTTP/2 (the SDK's default for Kinesis) and no request timeout, as subscriptions last minutes. */
export function fanOutKinesisClient(config: Config): KinesisClient {
  return new KinesisClient({ region: config.AWS_REGION, ...endpoint(config.AWS_ENDPOINT_URL_KINESIS) });
}

export function dynamodbClient(config: Config): DynamoDBClient {
  return new DynamoDBClient({
    region: config.AWS_REGION,
    ...endpoint(config.AWS_ENDPOINT_URL_DYNAMODB),
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 5_000 }),
  });
}

export function endpoint(url: string | undefined): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url };
}
