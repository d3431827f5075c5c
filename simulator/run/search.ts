import { meanRate } from '../report/result/rates.js';
import type { Probe, RunResult } from '../report/result/run-result.js';
import type { Search } from '../scenarios/scenario.js';

/** A search that is over. */
export interface Found {
  /** Of the highest rate that held; of the last that was tried, where none did. */
  result: RunResult;
  probes: Probe[];
}

export interface SearchOptions {
  search: Search;
  /** Runs at a rate, swipes/s. */
  probe(rate: number): Promise<RunResult>;
  onProbe(probe: Probe): void;
  signal: AbortSignal;
}

/** A rate has failed when it has failed so often: machines have other things to do now and then. */
const ATTEMPTS = 2;
/** What a run must have accepted of what was due: a rate that nobody came at was not held. */
const HELD_SHARE = 0.97;

/**
 * Finds the highest rate that holds: doubled until one does not, then halved in between, until the answer is known to the
 * share of itself that was asked for. Rates are tried to three digits, and one that does not hold once more.
 */
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
      // A run that somebody has ended says nothing of its rate.
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
  if (result === undefined) throw new Error('The search was stopped before it had begun.');
  return { result, probes };
}

function isKnown(held: number, failed: number, { from, most, within }: Search): boolean {
  if (held >= most) return true;
  // A hundredth of where it was to begin: then the answer is that nothing holds.
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
      : [`only ${counts.accepted} of ${counts.due} swipes that were due were made and accepted`]),
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
