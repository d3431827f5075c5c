#!/usr/bin/env node
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { EnvironmentError } from '@swipegate/aws/environment';
import { messageOf } from '@swipegate/terminal/message-of';
import { hasColor } from '@swipegate/terminal/text-table';
import { OptionError, useLocalCloud } from '../local-cloud.js';
import { readEnvironment } from './environment.js';
import { erase } from './erase.js';
import { HELP, readOptions } from './options.js';
import { Person } from './person.js';
import { reportLines } from './report-lines.js';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const isLocal = options.local !== undefined;
  if (options.local !== undefined) await useLocalCloud(options.local);
  if (isLocal && !process.env['AWS_ENDPOINT_URL_S3'] && !process.env['AWS_ENDPOINT_URL']) {
    throw new OptionError('The local cloud has no buckets: AWS_ENDPOINT_URL_S3 is missing in its cloud.json.');
  }
  // Silence the SDK's warning: the README lists the supported Node versions.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const env = readEnvironment(process.env);
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  // Path style, because bucket names do not resolve as host names of this machine.
  const s3 = new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: isLocal });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    const report = await erase({ dynamodb, s3, env, say }, new Person(options), {
      dryRun: options.dryRun,
      nowMs: Date.now(),
    });
    const lines = options.json ? [JSON.stringify(report)] : reportLines(report, { color: hasColor(process.stdout) });
    process.stdout.write(`${lines.join('\n')}\n`);
    if (report.verification !== undefined && report.verification.left > 0) process.exitCode = 1;
  } finally {
    dynamodb.destroy();
    s3.destroy();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\nSee npm run erase -- --help.\n`);
  process.exitCode = error instanceof OptionError || error instanceof EnvironmentError ? 2 : 1;
});
