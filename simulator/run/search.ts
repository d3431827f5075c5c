import { meanRate, type Probe, type RunResult } from '../report/result/run-result.js';
import type { Search } from '../scenarios/scenario.js';

interface Found {
  /** Run at the highest rate that held; the last run if no rate held. */
  result: RunResult;
  probes: Probe[];
}

interface SearchOptions {
  search: Search;
  /** Runs at a rate, swipes/s. */
  probe(rate: number): Promise<RunResult>;
  onProbe(probe: Probe): void;
  signal: AbortSignal;
}

/** Attempts before a rate counts as failed: the machine may have been busy with other work. */
const ATTEMPTS = 2;
/** Share of due swipes that must be accepted for a rate to hold; without it, a run without swipes would pass. */
const HELD_SHARE = 0.97;

/** Finds the highest rate that holds: doubles the rate until it fails, then bisects. Rates have three significant digits. */
export async function findHighestRate({ search, probe, onProbe, signal }: SearchOptions): Promise<Found> {
  const probes: Probe[] = [];
  let best: RunResult | undefined;
  let last: RunResult | undefined;
  let held = 0;
  let failed = Number.POSITIVE_INFINITY;
  for (let rate = rounded(search.from); !signal.aborted; rate = next(held, failed, search)) {
    let holds = false;
    for (let attempt = 1; attempt <= ATTEMPTS && !holds; attempt++) {
      last = await probe(rate);
      // An aborted run says nothing about its rate.
      if (signal.aborted) break;
      const tried = probeOf(rate, last);
      probes.push(tried);
      onProbe(tried);
      holds = tried.ok;
      if (!holds) continue;
      best = last;
      held = rate;
    }
    if (signal.aborted) break;
    if (!holds) failed = rate;
    if (isKnown(held, failed, search)) break;
  }
  const result = best ?? last;
  if (result === undefined) throw new Error('The search was stopped before it began.');
  return { result, probes };
}

function isKnown(held: number, failed: number, { from, most, within }: Search): boolean {
  if (held >= most) return true;
  // Give up at 1/100 of the first rate: no rate holds.
  if (held === 0) return failed <= from / 100;
  const rate = next(held, failed, { from, most, within, probe: '' });
  return failed - held <= held * within || rate <= held || rate >= failed;
}

function next(held: number, failed: number, { most }: Search): number {
  if (failed === Number.POSITIVE_INFINITY) return Math.min(most, rounded(held * 2));
  return rounded(held === 0 ? failed / 4 : (held + failed) / 2);
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(3));
}

function probeOf(rate: number, result: RunResult): Probe {
  const { counts, faults, invalidBecause, thresholds, ack, decision, attacks = {} } = result;
  const because = [
    ...invalidBecause,
    ...Object.entries(faults).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`])),
    ...(counts.refused === 0 ? [] : [`${counts.refused} refused`]),
    ...(counts.unanswered === 0 ? [] : [`${counts.unanswered} never answered`]),
    ...Object.entries(attacks).flatMap(([kind, { sent, repelled }]) =>
      sent === repelled ? [] : [`${sent - repelled} hostile posts (${kind}) came through`],
    ),
    ...(counts.accepted >= HELD_SHARE * counts.due
      ? []
      : [`only ${counts.accepted} of ${counts.due} due swipes were accepted`]),
    ...thresholds.flatMap(({ expression, actual, ok }) =>
      ok ? [] : [`${expression} is ${actual === null ? 'not measured' : Number(actual.toPrecision(3))}`],
    ),
  ];
  return {
    rate,
    acceptedPerSecond: Math.round(meanRate(result, 'accepted') ?? 0),
    ok: because.length === 0,
    because,
    ackP99: ack.fromDue.p99,
    decisionP99: decision.fromDue.p99,
  };
}
