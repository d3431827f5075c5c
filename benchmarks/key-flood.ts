/**
 * A real reader in a flood of made-up API keys: its success, and the p99 of its durably acknowledged swipes, against the
 * same without the flood, in turns. The flood has 1,300 connections in a thread of its own; each sends the next made-up
 * key when the last one is answered. In each flood, some readers swipe for the first time: with a key that the gateway
 * has in its list, and with one that was made after the gateway read its list. Fails (exit code 1) unless every request
 * succeeds, and the p99 and the median of first swipes with a listed key are at most twice the p99 without the flood.
 *
 *     node benchmarks/dist/key-flood.js [--json] [--seconds=5] [--rounds=4] [--connections=1300]
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { openLoop, ReadyAgent } from './load/open-loop.js';
import { type ReaderKey, swipeHeaders, swipeJson } from './load/swipe-bodies.js';
import { median, printJson, printLines, quantile, round } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { type GatewayProcess, startGatewayProcess } from './stand-ins/gateway-process.js';

const { seconds, rounds, connections, json } = readOptions(BENCHMARKS['key-flood']);
const PER_SECOND = 100;
/** Short, so that known keys are read again during the flood. */
const CACHE_MS = 1_000;
const BOUND = 2;
/** Readers per round whose key is listed, and whose key is new. */
const [LISTED, NEW] = [3, 2];

interface Turn {
  latencies: number[];
  failed: number;
}

/** Swipes of one reader at a steady rate, each on time, whatever the answers. */
async function swipes({ url }: GatewayProcess, { readerId, key }: ReaderKey): Promise<Turn> {
  const agent = new ReadyAgent(PER_SECOND);
  const { answers } = await openLoop({
    url: new URL('/v1/swipes', url),
    agent,
    perSecond: PER_SECOND,
    seconds,
    maxUnderWay: PER_SECOND * seconds,
    next: () => ({ headers: swipeHeaders(key), body: swipeJson(readerId) }),
  });
  agent.destroy();
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  return { latencies, failed: answers.filter(({ status }) => status !== 202).length };
}

async function inFlood<Result>(gateway: GatewayProcess, work: () => Promise<Result>) {
  const flood = new Worker(new URL('./load/made-up-keys.js', import.meta.url), {
    workerData: { url: `${gateway.url}/v1/swipes`, connections },
  });
  await once(flood, 'message');
  const result = await work();
  flood.postMessage('stop');
  const [statuses]: Record<string, number>[] = await once(flood, 'message');
  await flood.terminate();
  return { result, statuses };
}

/** Time until a key that the gateway has not seen is accepted, ms; Infinity if it is refused. */
async function firstSwipe({ url }: GatewayProcess, { readerId, key }: ReaderKey): Promise<number> {
  const startedAt = performance.now();
  const swipe = { method: 'POST', headers: swipeHeaders(key), body: swipeJson(readerId) };
  const { status } = await fetch(`${url}/v1/swipes`, swipe);
  return status === 202 ? performance.now() - startedAt : Number.POSITIVE_INFINITY;
}

const roster = new ChildRoster();
try {
  const gateway = await startGatewayProcess(
    roster,
    { streams: { swipes: 4, decisions: 1 }, delayMs: 10, newKeys: NEW * rounds },
    { API_KEY_CACHE_MS: String(CACHE_MS) },
  );
  const [reader, ...strangers] = gateway.keys;
  const newKeys = strangers.splice(-NEW * rounds);
  if (reader === undefined) throw new Error('No reader has a key');
  const measure = async () => {
    // Warms up both sides, and fetch of this process.
    await swipes(gateway, reader);
    await inFlood(gateway, () => gateway.metric('swipegate_requests_in_flight'));
    const quiet: Turn[] = [];
    const flooded: Turn[] = [];
    const listedMs: number[] = [];
    const newMs: number[] = [];
    let madeUp: Record<string, number> = {};
    for (let i = 0; i < rounds; i++) {
      quiet.push(await swipes(gateway, reader));
      const { result, statuses } = await inFlood(gateway, async () => {
        const turn = swipes(gateway, reader);
        for (const stranger of strangers.splice(0, LISTED)) listedMs.push(await firstSwipe(gateway, stranger));
        for (const stranger of newKeys.splice(0, NEW)) newMs.push(await firstSwipe(gateway, stranger));
        return turn;
      });
      flooded.push(result);
      madeUp = statuses ?? madeUp;
    }
    return { quiet, flooded, listedMs, newMs, madeUp };
  };
  const { quiet, flooded, listedMs, newMs, madeUp } = await roster.guard(measure());
  const ofAll = (turns: readonly Turn[], share: number) =>
    quantile(
      turns.flatMap(({ latencies }) => latencies),
      share,
    );
  const p99 = (turns: readonly Turn[]) => ofAll(turns, 0.99);
  const p50 = (turns: readonly Turn[]) => ofAll(turns, 0.5);
  const failed = flooded.reduce((sum, turn) => sum + turn.failed, 0);
  const sent = flooded.reduce((sum, { latencies }) => sum + latencies.length, 0);
  const [base, ours] = [p99(quiet), p99(flooded)];
  const [slowestListed, slowestNew] = [Math.max(...listedMs), Math.max(...newMs)];
  const checks: [boolean, string][] = [
    [failed === 0, `${sent - failed} of ${sent} swipes accepted in the flood`],
    [ours <= BOUND * base, `p99 ${round(ours)} ms in the flood, ${round(base)} ms without: at most ${BOUND} times`],
    [
      median(listedMs) <= BOUND * base && slowestListed < Number.POSITIVE_INFINITY,
      `${listedMs.length} first swipes, key listed: median ${round(median(listedMs))} ms, at most ${round(slowestListed)} ms`,
    ],
    [
      slowestNew < Number.POSITIVE_INFINITY,
      `${newMs.length} first swipes, key new: median ${round(median(newMs))} ms, at most ${round(slowestNew)} ms`,
    ],
  ];
  printLines(
    `key-flood: ${connections} connections with made-up keys, a real reader with ${PER_SECOND} swipes/s`,
    `  made-up keys, last round: ${Object.entries(madeUp)
      .map(([status, count]) => `${count} got ${status}`)
      .join(', ')} in ${seconds} s`,
    `  real reader, p50         ${round(p50(flooded))} ms, without the flood ${round(p50(quiet))} ms`,
    ...checks.map(([held, what]) => `  ${held ? 'holds ' : 'FAILED'}  ${what}`),
  );
  if (checks.some(([held]) => !held)) process.exitCode = 1;
  if (json) printJson({ name: 'key-flood', unit: 'ms p99', ours, baseline: base, ratio: base / ours, failed, sent });
} finally {
  await roster.killAll();
}
