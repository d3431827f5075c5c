#!/usr/bin/env node
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readEnvironment } from '@swipegate/lambdas/redrive/environment';
import { redrive, type ShardRedrive } from '@swipegate/lambdas/redrive/redrive';
import { ParkedRecords } from '@swipegate/lambdas/stores/parked-records';
import { printableText } from '@swipegate/terminal/fit';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { runCommand, useLocalCloud } from '../command.js';

const HELP = `redrive: puts records that could not be decided back on their stream

  npm run redrive -- [options]

  --dry-run      show the parked records and the reasons; put nothing back
  --shard KEY    only this shard, such as swipes/shardId-000000000000; may be repeated
  --local FILE   use a running npm start; FILE is its .swipegate/cloud.json
  --help         show this help

Without --local the AWS SDK's own settings apply: AWS_REGION, AWS_PROFILE, …
The command can be interrupted and run again.
`;

const SHARD_KEY = /^[^/]+\/[^/]+$/;

function linesOf(shards: readonly ShardRedrive[], dryRun: boolean): string[] {
  if (shards.length === 0) return ['Nothing is parked.'];
  return shards.flatMap(({ shardKey, redriven, reasons }) => [
    `${shardKey}: ${redriven} ${redriven === 1 ? 'record' : 'records'} ${dryRun ? 'parked' : 'put back'}`,
    ...Object.entries(reasons).map(([reason, count]) => `  ${count} × ${reason}`),
  ]);
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseOptions('npm run redrive --', args, {
    'dry-run': { type: 'boolean' },
    shard: { type: 'string', multiple: true },
    local: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { 'dry-run': dryRun = false, shard: shardKeys, local } = values;
  const wrong = shardKeys?.find((key) => !SHARD_KEY.test(key));
  if (wrong !== undefined) {
    throw new OptionError(
      `--shard ${wrong} is not valid: write stream and shard id, such as --shard swipes/shardId-000000000000.`,
    );
  }
  if (local !== undefined) await useLocalCloud(local);
  const { TABLE_UNREADABLE } = readEnvironment(process.env);
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  try {
    const parked = new ParkedRecords(dynamodb, TABLE_UNREADABLE);
    const shards = await redrive({ kinesis, parked }, { dryRun, shardKeys });
    process.stdout.write(`${printableText(linesOf(shards, dryRun).join('\n'))}\n`);
  } finally {
    dynamodb.destroy();
    kinesis.destroy();
  }
}

await runCommand('redrive', main);
