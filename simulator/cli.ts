#!/usr/bin/env node
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { seededRandom } from './load/random.js';
import type { Progress, Report } from './report/report.js';
import { progressLine, reportLines } from './report/report-lines.js';
import { run } from './run.js';
import { type CommandOptions, HELP, OptionError, readRunOptions } from './run-options.js';
import { readKeys, readSite } from './site-files.js';

const LINE_EVERY = 5;

/** Whoever forked this process gets messages; a person gets lines. */
const parent = process.send === undefined ? undefined : (message: object) => process.send?.(message);

async function simulate(options: CommandOptions): Promise<Report> {
  const [site, keys] = await Promise.all([readSite(options.siteFile), readKeys(options.keysFile)]);
  const dynamodb = new DynamoDBClient({});
  const signal = stopSignal(options.durationMs === undefined ? undefined : options.warmUpMs + options.durationMs);
  try {
    return await run({
      ...options,
      site,
      keys,
      readers: options.readers ?? site.readers.length,
      exceptCards: new Set(options.exceptCards),
      dynamodb,
      random: seededRandom(options.seed),
      signal,
      onProgress: parent === undefined ? lines(options.json) : messages(parent),
    });
  } finally {
    dynamodb.destroy();
  }
}

function stopSignal(durationMs: number | undefined): AbortSignal {
  const stopping = new AbortController();
  process.on('SIGTERM', () => stopping.abort());
  // A terminal's Ctrl-C reaches every process of the group; a parent decides the order in which they end.
  process.on('SIGINT', () => {
    if (parent === undefined) stopping.abort();
  });
  process.on('disconnect', () => process.exit(1));
  if (durationMs === undefined) return stopping.signal;
  return AbortSignal.any([stopping.signal, AbortSignal.timeout(durationMs)]);
}

function messages(send: (message: object) => void): (progress: Progress) => void {
  let ready = false;
  return (progress) => {
    if (!ready) send({ type: 'ready' });
    ready = true;
    send(progress);
  };
}

function lines(json: boolean): (progress: Progress) => void {
  const startedMs = performance.now();
  const out = json ? process.stderr : process.stdout;
  let round = 0;
  return (progress) => {
    if (round++ % LINE_EVERY === 0) out.write(`${progressLine(performance.now() - startedMs, progress)}\n`);
  };
}

async function main(): Promise<number> {
  try {
    const options = readRunOptions(process.argv.slice(2));
    if (options === 'help') {
      process.stdout.write(HELP);
      return 0;
    }
    const report = await simulate(options);
    const out = options.json ? process.stderr : process.stdout;
    out.write(`${reportLines(report).join('\n')}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    parent?.({ type: 'finished', report });
    return report.ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof OptionError ? 2 : 1;
  }
}

process.exitCode = await main();
process.disconnect?.();
