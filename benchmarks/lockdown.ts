/**
 * Measures how soon a lockdown is in force, with the whole local cloud under 50 swipes/s at a door in mode free. The time
 * starts with the answer to POST /v1/lockdowns, and ends when a reader hears its last grant. The worst of all rounds
 * counts: the budget is one second.
 *
 *     node benchmarks/dist/lockdown.js [--json] [--rounds=100]
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SiteFiles } from '@swipegate/infra/local/demo/site-files';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { type Stack, startStack } from '@swipegate/infra/local/start/stack';
import { median, printJson, printLines, quantile } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';

const BUDGET_MS = 1_000;
/** Time between two swipes, ms. */
const EVERY_MS = 20;
/** So many swipes in a row must get the new answer before a round goes on. */
const IN_A_ROW = 10;
/** Decide may read the lockdowns of two shards at different times: a round waits at least so long for a late grant, ms. */
const LEAST_MS = 700;
/** A round that takes longer has failed, ms. */
const LONGEST_MS = 30_000;
const CARDS = 200;
/** The demo's door in mode free: without the lockdown, everybody enters. */
const READER = 'ny-showroom-in-1';

interface Heard {
  isGranted: boolean;
  /** When its reader heard the decision, ms of the process's clock. */
  atMs: number;
}

const { rounds, json } = readOptions(BENCHMARKS.lockdown);
const folder = await mkdtemp(join(tmpdir(), 'swipegate-lockdown-'));
const roster = new ChildRoster();
try {
  const stack = await startStack({
    port: 0,
    opsPort: 0,
    consolePort: 0,
    host: '127.0.0.1',
    rateLimitPerSecond: 1_000,
    files: new SiteFiles(folder),
    roster,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const { locked, released } = await roster.guard(measure(stack));
  await stack.ops.close();
  const worst = Math.max(...locked);
  const ratio = BUDGET_MS / Math.max(worst, 1);
  printLines(
    `lockdown in force, ${rounds} rounds, whole local cloud at ${1_000 / EVERY_MS} swipes/s`,
    `  last grant after the answer     p50 ${median(locked).toFixed(0)} ms   p99 ${quantile(locked, 0.99).toFixed(0)} ms   worst ${worst.toFixed(0)} ms`,
    `  last denial after the end       p50 ${median(released).toFixed(0)} ms   worst ${Math.max(...released).toFixed(0)} ms`,
    `  budget                          ${BUDGET_MS} ms; budget / worst: ${ratio.toFixed(2)} (at least 1 is within budget)`,
  );
  if (json) printJson({ name: 'lockdown', unit: 'ms', ours: worst, baseline: BUDGET_MS, ratio });
  process.exitCode = ratio >= 1 ? 0 : 1;
} finally {
  await roster.killAll();
  await rm(folder, { recursive: true, force: true });
}

async function measure({ gatewayUrl, keys, backOffice }: Stack): Promise<{ locked: number[]; released: number[] }> {
  if (backOffice === undefined) throw new Error('The stack has no back office');
  const token = backOffice.tokens['gabriel'];
  const lockdowns = `${backOffice.apiUrl}/v1/lockdowns`;
  const heard: Heard[] = [];
  const inFlight = new Set<Promise<void>>();
  let isOver = false;
  let failure: unknown;
  const traffic = (async () => {
    for (let n = 0; !isOver; n++) {
      const swipe = post(gatewayUrl, keys[READER] ?? '', `bench-${n % CARDS}`)
        .then((each) => void heard.push(each))
        .catch((error: unknown) => {
          failure = error;
        });
      inFlight.add(swipe);
      void swipe.finally(() => inFlight.delete(swipe));
      await delay(EVERY_MS);
    }
  })();
  /** @returns time from `sinceMs` until the last answer other than the wanted one was heard, ms */
  const until = async (isGranted: boolean, sinceMs: number): Promise<number> => {
    const isSettled = () =>
      performance.now() - sinceMs >= LEAST_MS &&
      heard.length >= IN_A_ROW &&
      heard.slice(-IN_A_ROW).every((each) => each.isGranted === isGranted && each.atMs > sinceMs);
    while (!isSettled()) {
      if (failure !== undefined) throw failure;
      if (performance.now() - sinceMs > LONGEST_MS) throw new Error('The doors did not follow the lockdown');
      await delay(EVERY_MS);
    }
    const last = heard.findLast((each) => each.isGranted !== isGranted && each.atMs > sinceMs);
    return last === undefined ? 0 : last.atMs - sinceMs;
  };
  const [locked, released]: [number[], number[]] = [[], []];
  await until(true, performance.now());
  for (let round = 0; round < rounds; round++) {
    const body = JSON.stringify({ locks: [{}], why: 'Benchmark' });
    const { changeId } = await asked(lockdowns, { method: 'POST', body }, token);
    locked.push(await until(false, performance.now()));
    await asked(`${lockdowns}/${changeId}?why=Benchmark`, { method: 'DELETE' }, token);
    released.push(await until(true, performance.now()));
    heard.length = 0;
  }
  isOver = true;
  await traffic;
  await Promise.all(inFlight);
  return { locked, released };
}

async function post(gatewayUrl: string, key: string, cardId: string): Promise<Heard> {
  const swipe = { swipeId: randomUUID(), readerId: READER, cardId, readAt: new Date().toISOString() };
  const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=10' },
    body: JSON.stringify(swipe),
  });
  const decision: unknown = await answer.json();
  const outcome: unknown = typeof decision === 'object' && decision !== null ? Reflect.get(decision, 'outcome') : '';
  if (outcome !== 'granted' && outcome !== 'denied') throw new Error(`A swipe got ${JSON.stringify(decision)}`);
  return { isGranted: outcome === 'granted', atMs: performance.now() };
}

async function asked(url: string, init: RequestInit, token = ''): Promise<{ changeId: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url, {
    ...init,
    headers: init.body === undefined ? { authorization: headers.authorization } : headers,
  });
  const change: unknown = await answer.json();
  const changeId: unknown = typeof change === 'object' && change !== null ? Reflect.get(change, 'changeId') : undefined;
  if (answer.status !== 202 || typeof changeId !== 'string') throw new Error(`${url}: ${JSON.stringify(change)}`);
  return { changeId };
}
