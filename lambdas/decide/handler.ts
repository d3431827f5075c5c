import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { composeDecideHandler } from './decide-handler.js';

// Middleware is the same for every call; resolving it each time costs a tenth of a call's CPU time.
const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}), cacheMiddleware: true });
const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });

/** Consumer of the `swipes` stream. Runs unchanged on Lambda and under infra/local/event-source. */
export const handler = composeDecideHandler({ dynamodb, kinesis }, process.env);
