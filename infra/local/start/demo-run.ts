import { setTimeout as delay } from 'node:timers/promises';
import { probeLines } from '@swipegate/simulator/report/lines/result-lines';
import { audit } from './audit.js';
import type { Session } from './command.js';
import { DEFAULT_SCENARIO, type StartOptions } from './options.js';
import { type Simulation, startSimulation } from './simulation.js';
import { finishStack, type Stack, startStack, stopStack } from './stack.js';
import { watchStatus } from './status.js';
import { type Summary, summarize } from './summary.js';
import { grantedExample, swipeCurlLines, welcomeLines } from './welcome.js';

interface DemoRun extends Session {
  options: StartOptions;
  /** Tenant to serve without a site; undefined: the demo site. */
  emptyTenant: string | undefined;
  opsPort: number;
  /** Undefined starts no back office. */
  consolePort: number | undefined;
  host: string;
}

/** All processes start cold and share the CPU while V8 compiles their code. */
const WARM_UP_MS = 5_000;
/** Rate, swipes/s, above which cold code builds up a queue that takes time to drain. */
const FAST = 100;
const FAST_WARM_UP_MS = 10_000;
const HIGHEST_RATE = 1_000_000;
const SETTLE_MS = 120_000;
/** No audit above this number of swipes: it reads the streams and the table into memory. */
const AUDITED_SWIPES = 500_000;

/** Runs the demo, from the first process to the summary. If it rejects, the roster holds the processes to end. */
export async function runDemo(run: DemoRun): Promise<Summary> {
  const { options, roster, display, files, stop } = run;
  const startedAt = performance.now();
  display.say('Starting Swipegate on this machine', '');
  const [stack, simulation] = await stop.unlessRequested(startAll(run), 'Stopped before the start was complete.');
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  display.say(
    simulation
      ? `Running: first swipes after ${seconds} s. The rate rises during a warm-up, which is not measured.`
      : `Running: ready for swipes after ${seconds} s.`,
  );
  const curl = swipeCurlLines(stack);
  display.say(...welcomeLines(stack, files, curl));

  const runningSince = performance.now();
  const plannedMs = options.durationMs && options.durationMs + warmUpMsOf(options);
  const watching = new AbortController();
  const watched = watchStatus({
    display,
    color: run.color,
    gatewayUrl: stack.gatewayUrl,
    durationMs: plannedMs,
    simulated: () => simulation?.now(),
    // The curl command and the empty line below it.
    keepLines: curl.length + 1,
    signal: watching.signal,
  });
  try {
    const ended = simulation === undefined ? elapsed(plannedMs, watching.signal) : [simulation.finished];
    await roster.guard(Promise.race([stop.requested, ...ended]));
  } finally {
    watching.abort();
  }
  const elapsedMs = performance.now() - runningSince;
  const cutShort = stop.wasRequested;
  const totals = await watched;

  display.say('', 'Stopping: waiting for the last decisions, then reconciling every swipe.');
  // Before the gateway: the virtual readers still wait for decisions.
  const result = simulation && (await roster.guard(simulation.finish(SETTLE_MS)));
  const { code } = await finishStack(stack);
  const failures = code === 0 ? [] : [`The gateway did not exit cleanly: see ${files.logFile('gateway')}`];
  const audited = await auditWhereCheap(run, stack, totals?.accepted ?? 0);
  await stopStack(stack);
  return summarize({
    elapsedMs,
    result,
    audit: audited,
    totals,
    failures,
    cutShort,
    restarts: roster.restarts,
    isKept: stack.isKept,
  });
}

async function startAll(run: DemoRun): Promise<[Stack, Simulation | undefined]> {
  const { options, display } = run;
  const stack = await startStack({
    ...run,
    port: options.port,
    endpoint: options.endpoint,
    dataFolder: options.dataFolder,
    emptyTenant: run.emptyTenant,
    rateLimitPerSecond: rateLimitOf(options),
    gatewaySettings: options.gatewaySettings,
    say: (line) => display.say(line),
  });
  return [stack, options.simulator ? await startReaders(run, stack) : undefined];
}

/** Warm-up of the default scenario, ms: the rate rises before the measured run. Other scenarios define their own. */
function warmUpMsOf({ simulator, rate = 0 }: StartOptions): number {
  if (!simulator) return 0;
  return rate > FAST ? FAST_WARM_UP_MS : WARM_UP_MS;
}

/** Rate limit of one reader's key, requests/s. High, because many virtual readers may share one reader. */
function rateLimitOf({ scenario, rate }: StartOptions): number {
  if (scenario !== DEFAULT_SCENARIO) return HIGHEST_RATE;
  return Math.min(HIGHEST_RATE, Math.max(1_000, Math.ceil(rate ?? 0)));
}

/** Arguments of `swipegate-sim run`. */
function simulatorArgs(options: StartOptions): string[] {
  const { scenario, durationMs, rate, readers, pace, thresholds, htmlFile } = options;
  const given = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [name, String(value)];
  const isOwn = scenario === DEFAULT_SCENARIO;
  return [
    scenario,
    ...(isOwn && durationMs === undefined ? ['--until-stopped'] : []),
    ...given('--duration', durationMs && `${durationMs / 1_000}s`),
    ...given('--warm-up', isOwn ? `${warmUpMsOf(options) / 1_000}s` : undefined),
    ...given('--rate', rate),
    ...given('--readers', readers),
    ...given('--pace', pace),
    ...thresholds.flatMap((expression) => ['--threshold', expression]),
    ...given('--html', htmlFile),
  ];
}

async function startReaders({ options, roster, files, display }: DemoRun, stack: Stack): Promise<Simulation> {
  const example = grantedExample(stack.site);
  return startSimulation({
    target: stack.gatewayUrl,
    siteFile: files.siteFile,
    keysFile: files.keysFile,
    exceptCards: example === undefined ? [] : [example.cardId],
    outFile: options.outFile ?? files.resultFile,
    args: simulatorArgs(options),
    onProbe: (probe) => display.say(...probeLines(probe)),
    env: stack.cloud.env,
    logFile: files.logFile('simulator'),
    roster,
  });
}

async function auditWhereCheap({ options, roster, display }: DemoRun, stack: Stack, swipes: number) {
  if (!options.simulator || swipes <= AUDITED_SWIPES)
    return roster.guard(audit(stack.cloud.clients.kinesis, stack.dynamodb));
  display.say(`More than ${AUDITED_SWIPES} swipes: the summary uses the virtual readers' counts;`);
  display.say('the streams are not audited.');
  return undefined;
}

function elapsed(durationMs: number | undefined, signal: AbortSignal): Promise<unknown>[] {
  return durationMs === undefined ? [] : [delay(durationMs, undefined, { signal }).catch(() => undefined)];
}
