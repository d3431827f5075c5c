#!/usr/bin/env node
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { runCommand, useLocalCloud } from '../command.js';
import { s3Client } from '../s3-client.js';
import { readEnvironment } from './environment.js';
import { erase } from './erase.js';
import { reportLines } from './erasure-report.js';
import { HELP, readOptions } from './options.js';
import { Person } from './person.js';

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { dryRun, json, local } = options;
  if (local !== undefined) await useLocalCloud(local);
  const s3 = s3Client(process.env, local !== undefined);
  const env = readEnvironment(process.env);
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const say = (line: string) => void process.stderr.write(`${printableText(line)}\n`);
  try {
    const report = await erase({ dynamodb, s3, env, say }, new Person(options), { dryRun, nowMs: Date.now() });
    const color = wantsColor(process.stdout, process.env);
    const lines = json ? [printableJson(report)] : reportLines(report, { color });
    process.stdout.write(`${printableText(lines.join('\n'))}\n`);
    if (report.verification !== undefined && report.verification.left > 0) process.exitCode = 1;
  } finally {
    dynamodb.destroy();
    s3.destroy();
  }
}

await runCommand('erase', main);
