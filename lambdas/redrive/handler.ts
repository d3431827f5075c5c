import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { compile, explain } from '@swipegate/contract';
import type { Context } from 'aws-lambda';
import Type from 'typebox';
import { ParkedRecords } from '../stores/parked-records.js';
import { readEnvironment } from './environment.js';
import { redrive, type ShardRedrive } from './redrive.js';

/** Payload of an invocation, by hand or by a runbook. */
const RedriveRequest = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean()),
    shards: Type.Optional(Type.Array(Type.String({ pattern: '^[^/]+/[^/]+$' }), { minItems: 1 })),
  },
  { additionalProperties: false },
);

const isRedriveRequest = compile(RedriveRequest);

/** Time for one page: a PutRecords call with all its retries, and the deletes. */
const PAGE_MS = 20_000;

const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
const parked = new ParkedRecords(dynamodb, readEnvironment(process.env).TABLE_UNREADABLE);

/**
 * Puts parked records back on their streams, see {@link redrive}. If `complete` is false, time ran out: invoke again.
 * @param request `{dryRun?, shards?: ['stream/shardId']}`
 * @throws {TypeError} naming what is wrong with the request
 */
export async function handler(
  request: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ complete: boolean; shards: ShardRedrive[] }> {
  if (!isRedriveRequest(request)) {
    const { field, reason } = explain(isRedriveRequest.errors);
    throw new TypeError(`${field} ${reason}. Send {"dryRun": true} or {"shards": ["swipes/shardId-000000000000"]}.`);
  }
  const { dryRun = false, shards: shardKeys } = request;
  const isOutOfTime = () => context.getRemainingTimeInMillis() < PAGE_MS;
  const shards = await redrive({ kinesis, parked }, { dryRun, shardKeys, isOutOfTime });
  return { complete: shards.every(({ complete }) => complete), shards };
}
