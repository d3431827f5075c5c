#!/usr/bin/env node
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { scanPages } from '@swipegate/aws/pages';
import { csvText } from '@swipegate/contract';
import { clockLimitsOf } from '@swipegate/lambdas/decide/environment';
import { type ObjectStore, S3ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import { SiteCache } from '@swipegate/lambdas/stores/site-cache';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { runCommand, useLocalCloud } from '../command.js';
import { s3Client } from '../s3-client.js';
import { compare } from './compare.js';
import { type ReplayEnvironment, readEnvironment } from './environment.js';
import { readPlacements, readSiteDocument, SiteDocumentError, storedPlacements } from './input-documents.js';
import { HELP, type ReplayOptions, readOptions } from './options.js';
import { rebuild } from './rebuild.js';
import { comparisonLines, DIFFERENCE_COLUMNS, differenceRows, rebuiltLines, whatIfLines } from './result-lines.js';
import { createTargets, type LiveTables, type TablePair, TargetTableError } from './target-tables.js';
import { whatIf } from './what-if.js';

interface Parts {
  dynamodb: DynamoDBClient;
  store: ObjectStore;
  /** Event store of the back office. */
  events: ObjectStore;
  siteOf: SiteCache['siteOf'];
  env: ReplayEnvironment;
}

function liveTables(env: ReplayEnvironment): LiveTables {
  return { decisions: env.TABLE_DECISIONS, presence: env.TABLE_PRESENCE, stage: env.SWIPEGATE_STAGE };
}

function rebuiltTables(env: ReplayEnvironment): TablePair {
  return { decisions: env.TABLE_REBUILT_DECISIONS, presence: env.TABLE_REBUILT_PRESENCE };
}

const color = wantsColor(process.stdout, process.env);

function print(lines: readonly string[]): void {
  process.stdout.write(`${printableText(lines.join('\n'))}\n`);
}

function printJson(result: unknown): void {
  print([printableJson(result)]);
}

async function runRebuild({ env, events, ...parts }: Parts, options: ReplayOptions): Promise<void> {
  const tables = { live: liveTables(env), target: rebuiltTables(env) };
  const placements = await placementsOf(events, options);
  if (options.create) await createTargets(parts.dynamodb, tables.target, tables.live);
  const keepDays = env.DECISION_KEEP_DAYS;
  const result = await rebuild(parts, { ...tables, keepDays, nowMs: Date.now(), placements });
  if (options.format === 'json') printJson(result);
  else print(rebuiltLines(result));
}

async function runCompare({ env, dynamodb }: Parts, { format, archivedUntil }: ReplayOptions): Promise<void> {
  const result = await compare(dynamodb, {
    live: liveTables(env),
    rebuilt: rebuiltTables(env),
    archivedUntil,
    nowMs: Date.now(),
  });
  if (format === 'json') printJson(result);
  else print(comparisonLines(result, { color }));
  if (!result.equal) process.exitCode = 1;
}

async function runWhatIf({ env, dynamodb, events, ...parts }: Parts, options: ReplayOptions): Promise<void> {
  const { site = '', from = '', until = '', format } = options;
  const result = await whatIf(parts, {
    site: await readSiteDocument(site),
    window: { from, until },
    clock: clockLimitsOf(env),
    lateAfterMs: env.LATE_AFTER_MS,
    repeatWindowMs: env.REPEAT_WINDOW_MS,
    forgivenAt: await forgiven(dynamodb, env.TABLE_PRESENCE),
    placements: await placementsOf(events, options),
  });
  if (result.swipes === 0) {
    process.stderr.write(`The archive has no decision from ${from} until ${until}: nothing was compared.\n`);
    process.exitCode = 1;
  }
  if (format === 'json') printJson(result);
  else if (format === 'csv') process.stdout.write(csvText(DIFFERENCE_COLUMNS, differenceRows(result.differences)));
  else print(whatIfLines(result, { color }));
}

/** Reads all placements into memory: a site has a few thousand. */
async function placementsOf(events: ObjectStore, { placements }: ReplayOptions): Promise<Placement[]> {
  if (placements !== undefined) return readPlacements(placements);
  const stored: Placement[] = [];
  for await (const placement of storedPlacements(events)) stored.push(placement);
  return stored;
}

/** Last forgiveness by an operator, by tenant/card, RFC 3339. */
async function forgiven(dynamodb: DynamoDBClient, tableName: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const rows of scanPages(dynamodb, tableName)) {
    for (const { cardKey, forgivenAt } of rows) {
      if (typeof forgivenAt === 'string') found.set(String(cardKey), forgivenAt);
    }
  }
  return found;
}

const COMMANDS = { rebuild: runRebuild, compare: runCompare, 'what-if': runWhatIf };

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (options.local !== undefined) await useLocalCloud(options.local);
  const env = readEnvironment(process.env);
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const s3 = s3Client(process.env, options.local !== undefined);
  const store = new S3ObjectStore(s3, env.ARCHIVE_BUCKET);
  const events = new S3ObjectStore(s3, env.EVENTS_BUCKET);
  const sites = new SiteCache(dynamodb, {
    tableName: env.TABLE_SITE,
    maxAgeMs: env.SITE_CACHE_MS,
    now: () => performance.now(),
  });
  try {
    const siteOf: SiteCache['siteOf'] = (tenantId, readerIds) => sites.siteOf(tenantId, readerIds);
    await COMMANDS[options.command]({ dynamodb, store, events, siteOf, env }, options);
  } finally {
    dynamodb.destroy();
    s3.destroy();
  }
}

await runCommand('replay', main, [SiteDocumentError, TargetTableError]);
