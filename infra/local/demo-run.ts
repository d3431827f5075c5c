import { setTimeout as delay } from 'node:timers/promises';
import type { Display } from '../../simulator/report/display.js';
import type { Report } from '../../simulator/report/report.js';
import { tables } from '../resources.js';
import { type Audit, audit } from './audit.js';
import type { ChildRoster } from './child-roster.js';
import { musterCurlLines } from './example-muster.js';
import { curlLines, grantedExample } from './example-swipe.js';
import { settle } from './settle.js';
import { type Simulation, startSimulation } from './simulation.js';
import type { SiteFiles } from './site-files.js';
import { type Stack, startStack } from './stack.js';
import type { StartOptions } from './start-options.js';
import type { StopRequest } from './stop-request.js';
import type { Summary } from './summary.js';
import { watch } from './watch.js';
import { welcomeLines } from './welcome.js';

export interface DemoRun {
  options: StartOptions;
  host: string;
  files: SiteFiles;
  roster: ChildRoster;
  display: Display;
  color: boolean;
  stop: StopRequest;
}

/** All processes are cold, and share the machine while V8 compiles what they run. */
const WARM_UP_MS = 5_000;
/** Above this rate, swipes/s, what V8 has not compiled yet makes a queue, which takes its time to drain. */
const FAST = 100;
const FAST_WARM_UP_MS = 10_000;
const SETTLE_MS = 120_000;
const GATEWAY_GRACE_MS = 30_000;
const DRAIN_MS = 60_000;
/** Above this the audit is left to the virtual readers: it reads the whole streams and table into memory. */
const AUDITED_SWIPES = 500_000;

/**
 * The main job, from the first process to the account. When it rejects, the roster holds what is to be ended.
 * @throws {CrashError} when a process dies that should not
 */
export async function runDemo(run: DemoRun): Promise<Summary> {
  const { options, roster, display, files } = run;
  const startedAt = performance.now();
  display.say('Starting Swipegate on this machine', '');
  const stack = await unlessStopped(
    run.stop,
    startStack({
      port: options.port,
      host: run.host,
      rateLimitPerSecond: Math.min(1_000_000, Math.max(1_000, Math.ceil(options.rate))),
      files,
      roster,
      say: (line) => display.say(line),
    }),
  );
  const simulation = options.simulator ? await unlessStopped(run.stop, startReaders(run, stack)) : undefined;
  const ready = ((performance.now() - startedAt) / 1000).toFixed(1);
  display.say(
    simulation
      ? `Running: first swipes after ${ready} s; ${warmUpMsOf(options) / 1000} s to the full rate, which are not timed.`
      : `Running: ready for swipes after ${ready} s.`,
  );
  const curl = exampleCurl(stack);
  display.say(...welcomeLines({ ...files, gatewayUrl: stack.gatewayUrl, musterCurl: musterCurl(stack), curl }));

  const runningSince = performance.now();
  const plannedMs = options.durationMs && options.durationMs + (options.simulator ? warmUpMsOf(options) : 0);
  const watching = new AbortController();
  const watched = watch({
    display,
    color: run.color,
    gatewayUrl: stack.gatewayUrl,
    durationMs: plannedMs,
    simulated: () => simulation?.now(),
    // The command and the empty line below it.
    keepLines: curl.length + 1,
    signal: watching.signal,
  });
  try {
    await roster.guard(Promise.race([run.stop.asked, ...elapsed(plannedMs, watching.signal)]));
  } finally {
    watching.abort();
  }
  const elapsedMs = performance.now() - runningSince;
  const cutShort = run.stop.wasAsked;
  const totals = await watched;

  const failures: string[] = [];
  display.say('', 'Stopping: swipes under way are decided, then all is held against all.');
  const report = await finishReaders(run, simulation);
  const gatewayExit = await stack.gateway.stop({ graceMs: GATEWAY_GRACE_MS });
  if (gatewayExit.code !== 0) failures.push(`The gateway did not end cleanly: see ${files.logFile('gateway')}`);
  await stack.runner.drain(DRAIN_MS);
  const audited = await auditWhereCheap(run, stack, totals?.accepted ?? 0);
  await stack.runner.child.stop();
  await stack.cloud.stop();
  return settle({ elapsedMs, report, audit: audited, totals, failures, cutShort });
}

/** How long the rate of the virtual readers rises before the run proper. */
function warmUpMsOf({ rate }: StartOptions): number {
  return rate > FAST ? FAST_WARM_UP_MS : WARM_UP_MS;
}

export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly code = 'STOPPED';
}

/** While nothing has been accepted, there is nothing to finish. */
async function unlessStopped<Result>(stop: StopRequest, work: Promise<Result>): Promise<Result> {
  const stopped = stop.asked.then(() => Promise.reject(new StoppedError('Stopped before it had started.')));
  return Promise.race([work, stopped]);
}

async function startReaders({ options, roster, files }: DemoRun, stack: Stack): Promise<Simulation> {
  const example = grantedExample(stack.site);
  return startSimulation({
    target: stack.gatewayUrl,
    siteFile: files.siteFile,
    keysFile: files.keysFile,
    decisionsTable: tables.decisions.name,
    presenceTable: tables.presence.name,
    exceptCards: example === undefined ? [] : [example.cardId],
    rate: options.rate,
    warmUpMs: warmUpMsOf(options),
    readers: options.readers,
    env: stack.cloud.env,
    logFile: files.logFile('simulator'),
    roster,
  });
}

async function finishReaders({ roster }: DemoRun, simulation: Simulation | undefined): Promise<Report | undefined> {
  return simulation && roster.guard(simulation.finish(SETTLE_MS));
}

async function auditWhereCheap(
  { options, roster, display }: DemoRun,
  stack: Stack,
  swipes: number,
): Promise<Audit | undefined> {
  if (options.simulator && swipes > AUDITED_SWIPES) {
    display.say(
      `More than ${AUDITED_SWIPES} swipes: the account is the virtual readers' own,`,
      'the streams are not read again.',
    );
    return undefined;
  }
  return roster.guard(audit(stack.cloud.clients.kinesis, stack.dynamodb));
}

function elapsed(durationMs: number | undefined, signal: AbortSignal): Promise<unknown>[] {
  return durationMs === undefined ? [] : [delay(durationMs, undefined, { signal }).catch(() => undefined)];
}

function exampleCurl({ site, keys, gatewayUrl }: Stack): string[] {
  const example = grantedExample(site);
  const key = example && keys[example.readerId];
  return example && key ? curlLines({ gatewayUrl, key, ...example }) : [];
}

function musterCurl({ site, operatorKey, gatewayUrl }: Stack): string[] {
  const [building] = site.buildings;
  return building === undefined ? [] : musterCurlLines({ gatewayUrl, operatorKey, buildingId: building.buildingId });
}
