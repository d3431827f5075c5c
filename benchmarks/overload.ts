/**
 * Behaviour at three times the capacity of the stream. The sink limits that capacity, so that a load generator on the
 * same two cores can offer three times as much. A closed loop finds the peak goodput; then an open loop offers three times
 * that. Fails (exit code 1) unless goodput holds, memory and the latency of accepted requests stay within bounds, all
 * other requests get 503 with Retry-After, and the gateway recovers soon after.
 *
 *     node benchmarks/dist/overload.js [--json] [--seconds=30] [--capacity=500]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { closedLoop } from './load/closed-loop.js';
import { openLoop, ReadyAgent } from './load/open-loop.js';
import { swipeHeaders, swipeJson, swipeRequests } from './load/swipe-bodies.js';
import { printJson, printLines, quantile, round } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { type GatewayProcess, startGatewayProcess } from './stand-ins/gateway-process.js';

/** CAPACITY of the sink, swipes/s, is approximate: the sink limits bytes. */
const { seconds: SECONDS, capacity: CAPACITY, json } = readOptions(BENCHMARKS.overload);
/** Size of an aggregated swipe. */
const BYTES_A_SWIPE = 234;
const OVERLOAD = 3;
const CONNECTIONS = 240;
const PEAK_SECONDS = 8;
/** Start of the measurement, s after the load: the buffer fills before that. */
const SETTLED = 1;
/** Connections opened before the load, like those of readers. Further ones connect under load. */
const OPEN_CONNECTIONS = 1_000;
const MAX_UNDER_WAY = 6_000;
const MIB = 1_024 ** 2;
/** The two limits of the gateway: bytes waiting for the stream (about 560 swipes), and requests in flight. */
const BUFFER_BYTES = 131_072;
const MAX_IN_FLIGHT = 1_000;

const GOODPUT_SHARE = 0.8;
const RSS_BOUND = 384 * MIB;
/** A full buffer drains in 1.1 s at the default capacity; the rest is slack for a busy machine. */
const P99_BOUND_MS = 2_000;
const RECOVERY_BOUND_MS = 2_000;
const SAMPLE_MS = 250;

/** Swipes accepted per second in a closed loop. */
async function peakGoodput({ url, keys }: GatewayProcess): Promise<number> {
  let perSecond = 0;
  // The first turn warms up.
  for (const seconds of [2, PEAK_SECONDS]) {
    const requests = swipeRequests(keys, Math.ceil((CAPACITY * seconds) / CONNECTIONS) * CONNECTIONS, 1);
    const turn = await closedLoop({ url, connections: CONNECTIONS, requests });
    perSecond = (turn.statuses.get(202) ?? 0) / turn.seconds;
  }
  return perSecond;
}

/** Samples the gateway's memory and liveness until the returned function is called. */
function watch(gateway: GatewayProcess) {
  const seen = { rssBytes: 0, slowestHealthMs: 0 };
  let watching = true;
  const done = (async () => {
    while (watching) {
      seen.rssBytes = Math.max(seen.rssBytes, (await gateway.usage()).rssBytes);
      const askedAt = performance.now();
      const alive = await fetch(`${gateway.url}/healthz`);
      await alive.text();
      if (alive.status !== 200) throw new Error(`/healthz answered ${alive.status}`);
      seen.slowestHealthMs = Math.max(seen.slowestHealthMs, performance.now() - askedAt);
      await delay(SAMPLE_MS);
    }
    return seen;
  })();
  return () => {
    watching = false;
    return done;
  };
}

let turns = 0;

function nextSwipe({ keys }: GatewayProcess): { headers: Record<string, string>; body: string } {
  turns += 1;
  const reader = keys[turns % keys.length];
  if (reader === undefined) throw new Error('No reader has a key');
  return { headers: swipeHeaders(reader.key), body: swipeJson(reader.readerId) };
}

/** Time until /readyz answers 200 and a swipe is accepted, ms. */
async function recovery(gateway: GatewayProcess): Promise<number> {
  const startedAt = performance.now();
  const isOk = async (path: string, init: RequestInit, status: number) => {
    const answer = await fetch(`${gateway.url}${path}`, init);
    await answer.text();
    return answer.status === status;
  };
  while (performance.now() - startedAt < 10 * RECOVERY_BOUND_MS) {
    const swipe = { method: 'POST', ...nextSwipe(gateway) };
    if ((await isOk('/readyz', {}, 200)) && (await isOk('/v1/swipes', swipe, 202))) break;
    await delay(20);
  }
  return performance.now() - startedAt;
}

async function measure(gateway: GatewayProcess) {
  const peak = await peakGoodput(gateway);
  const url = new URL('/v1/swipes', gateway.url);
  const agent = new ReadyAgent(MAX_UNDER_WAY);
  await agent.open(url, OPEN_CONNECTIONS);
  const stopWatching = watch(gateway);
  const offering = openLoop({
    url,
    agent,
    perSecond: OVERLOAD * peak,
    seconds: SECONDS,
    maxUnderWay: MAX_UNDER_WAY,
    next: () => nextSwipe(gateway),
  });
  await delay(SECONDS * 1_000);
  const recoveryMs = await recovery(gateway);
  const { answers, sent, notSent } = await offering;
  agent.destroy();
  const seen = await stopWatching();
  const accepted = answers.filter(({ status }) => status === 202);
  const shed = answers.filter(({ status, hasRetryAfter }) => status === 503 && hasRetryAfter).length;
  const within = accepted.filter(({ atMs }) => atMs >= SETTLED * 1_000 && atMs < SECONDS * 1_000).length;
  const latencies = accepted.map(({ latencyMs }) => latencyMs);
  return {
    peak,
    offered: (sent + notSent) / SECONDS,
    goodput: within / (SECONDS - SETTLED),
    accepted: accepted.length,
    shed,
    others: answers.length - accepted.length - shed,
    notSent,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    recoveryMs,
    ...seen,
  };
}

const roster = new ChildRoster();
try {
  const gateway = await startGatewayProcess(
    roster,
    { streams: { swipes: 2, decisions: 1 }, delayMs: 10, bytesPerSecond: CAPACITY * BYTES_A_SWIPE },
    { MAX_BUFFERED_BYTES: String(BUFFER_BYTES), MAX_IN_FLIGHT_REQUESTS: String(MAX_IN_FLIGHT) },
  );
  const got = await roster.guard(measure(gateway));
  const ratio = got.goodput / got.peak;
  const rssMib = got.rssBytes / MIB;
  const checks: [boolean, string][] = [
    [got.notSent === 0, `all requests were offered: ${got.notSent} could not be sent`],
    [ratio >= GOODPUT_SHARE, `goodput ${ratio.toFixed(2)} of the peak, at least ${GOODPUT_SHARE}`],
    [got.rssBytes <= RSS_BOUND, `memory at most ${rssMib.toFixed(0)} MiB, bound ${RSS_BOUND / MIB} MiB`],
    [got.p99Ms <= P99_BOUND_MS, `accepted within ${round(got.p99Ms)} ms (p99), bound ${P99_BOUND_MS} ms`],
    [got.others === 0, `other answers are 503 with Retry-After: ${got.others} were not`],
    [got.recoveryMs <= RECOVERY_BOUND_MS, `recovered after ${round(got.recoveryMs)} ms, bound ${RECOVERY_BOUND_MS} ms`],
  ];
  printLines(
    `overload: ${OVERLOAD} times the capacity for ${SECONDS} s, stream limited to about ${CAPACITY} swipes/s`,
    `  peak goodput (closed loop)   ${round(got.peak).padStart(8)} swipes/s`,
    `  offered                      ${round(got.offered).padStart(8)} swipes/s`,
    `  goodput under overload       ${round(got.goodput).padStart(8)} swipes/s`,
    `  accepted ${got.accepted}, shed ${got.shed}; accepted p50 ${round(got.p50Ms)} ms, p99 ${round(got.p99Ms)} ms`,
    `  /healthz within ${round(got.slowestHealthMs)} ms throughout`,
    ...checks.map(([held, what]) => `  ${held ? 'holds ' : 'FAILED'}  ${what}`),
  );
  if (checks.some(([held]) => !held)) process.exitCode = 1;
  if (json) {
    const { p99Ms, rssBytes, shed, recoveryMs } = got;
    const more = { p99Ms, rssBytes, shed, recoveryMs };
    printJson({ name: 'overload', unit: 'swipes/s', ours: got.goodput, baseline: got.peak, ratio, ...more });
  }
} finally {
  await roster.killAll();
}
