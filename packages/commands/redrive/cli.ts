#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { unreadableTable } from '@swipegate/lambdas/redrive/environment';
import { redrive, type ShardRedrive } from '@swipegate/lambdas/redrive/redrive';
import { ParkedRecords } from '@swipegate/lambdas/stores/parking/parked-records';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError, useLocalCloud } from '../local-cloud.js';

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

interface CommandOptions {
  dryRun: boolean;
  shardKeys: string[] | undefined;
  local: string | undefined;
  help: boolean;
}

function readOptions(args: string[]): CommandOptions {
  const { values } = parseArgs({
    args,
    strict: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      shard: { type: 'string', multiple: true },
      local: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  for (const key of values.shard ?? []) {
    if (!SHARD_KEY.test(key)) {
      throw new OptionError(
        `--shard ${key} is not valid: write stream and shard id, such as --shard swipes/shardId-000000000000.`,
      );
    }
  }
  return { dryRun: values['dry-run'], shardKeys: values.shard, local: values.local, help: values.help };
}

function linesOf(shards: readonly ShardRedrive[], dryRun: boolean): string[] {
  if (shards.length === 0) return ['Nothing is parked.'];
  return shards.flatMap(({ shardKey, redriven, reasons }) => [
    `${shardKey}: ${redriven} ${redriven === 1 ? 'record' : 'records'} ${dryRun ? 'parked' : 'put back'}`,
    ...Object.entries(reasons).map(([reason, count]) => `  ${count} × ${reason}`),
  ]);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  if (options.local !== undefined) await useLocalCloud(options.local);
  // Silence the SDK's warning: the README lists the supported Node versions.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  try {
    const parked = new ParkedRecords(dynamodb, unreadableTable(process.env));
    const shards = await redrive({ kinesis, parked }, options);
    process.stdout.write(`${linesOf(shards, options.dryRun).join('\n')}\n`);
  } finally {
    dynamodb.destroy();
    kinesis.destroy();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\nSee npm run redrive -- --help.\n`);
  process.exitCode = error instanceof OptionError || error instanceof TypeError ? 2 : 1;
});
