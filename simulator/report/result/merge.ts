import { isOk } from './is-ok.js';
import { sumOfLatencies } from './latency-result.js';
import { partsOf } from './merge-parts.js';
import { mergeReaders, mergeSeconds } from './merge-series.js';
import type { AttackResult, RunResult, ThresholdResult, TwoLatencies } from './run-result.js';

/** Decides whether merged figures meet a threshold. */
export type JudgeThreshold = (expression: string, merged: RunResult) => ThresholdResult;

const MAX_EXAMPLES = 100;

/**
 * Merges the parts of one run, made by several simulators (`--shard i/n`). Counts are added. Latencies are added as
 * histograms, so percentiles equal those of one simulator that measured everything. Thresholds are judged again on
 * the merged figures. Values that cannot be added become the worst of the parts: the generator's delay, and the
 * percentiles of seconds and readers, which have no histogram in the file. A whole's percentile is never above the
 * greatest of its parts, so such a value may be too bad but never too good.
 *
 * The order of the parts does not matter. A result with missing parts is marked invalid.
 *
 * @throws {MergeError} if the results are not parts of one run
 */
export function mergeResults(results: readonly RunResult[], judge: JudgeThreshold): RunResult {
  const { parts, missing } = partsOf(results);
  const [first] = parts;
  const merged: RunResult = {
    format: 'swipegate-run/1',
    ok: false,
    valid: parts.every(({ valid }) => valid) && missing.length === 0,
    invalidBecause: [
      ...parts.flatMap(({ shard, invalidBecause }) => invalidBecause.map((reason) => `shard ${shard}: ${reason}`)),
      ...missing.map((shard) => `shard ${shard} is missing, so this is not the whole run`),
    ],
    scenario: first.scenario,
    target: distinct(parts.map(({ target }) => target)).join(', '),
    startedAt: parts.map(({ startedAt }) => startedAt).reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a)),
    shard: 'merged',
    seed: first.seed,
    readers: total(parts.map(({ readers }) => readers)),
    rate: total(parts.map(({ rate }) => rate)),
    warmUpMs: worst(parts.map(({ warmUpMs }) => warmUpMs)),
    durationMs: worst(parts.map(({ durationMs }) => durationMs)),
    counts: {
      due: total(parts.map(({ counts }) => counts.due)),
      skipped: total(parts.map(({ counts }) => counts.skipped)),
      sent: total(parts.map(({ counts }) => counts.sent)),
      accepted: total(parts.map(({ counts }) => counts.accepted)),
      decided: total(parts.map(({ counts }) => counts.decided)),
      refused: total(parts.map(({ counts }) => counts.refused)),
      unanswered: total(parts.map(({ counts }) => counts.unanswered)),
      retries: total(parts.map(({ counts }) => counts.retries)),
    },
    faults: {
      lost: total(parts.map(({ faults }) => faults.lost)),
      duplicated: total(parts.map(({ faults }) => faults.duplicated)),
      wrong: total(parts.map(({ faults }) => faults.wrong)),
      changed: total(parts.map(({ faults }) => faults.changed)),
      reordered: total(parts.map(({ faults }) => faults.reordered)),
    },
    ...unjudgedOf(total(parts.map(({ unjudged = 0 }) => unjudged))),
    examples: parts.flatMap(({ examples }) => examples).slice(0, MAX_EXAMPLES),
    outcomes: {
      granted: addCounts(parts.map(({ outcomes }) => outcomes.granted)),
      denied: addCounts(parts.map(({ outcomes }) => outcomes.denied)),
      recorded: addCounts(parts.map(({ outcomes }) => outcomes.recorded)),
    },
    problems: addCounts(parts.map(({ problems }) => problems)),
    ack: mergeLatencies(parts.map(({ ack }) => ack)),
    decision: mergeLatencies(parts.map(({ decision }) => decision)),
    generatorDelayMs: worst(parts.map(({ generatorDelayMs }) => generatorDelayMs)),
    seconds: mergeSeconds(parts.map(({ seconds }) => seconds)),
    perReader: mergeReaders(parts.map(({ perReader }) => perReader)),
    thresholds: [],
    unjudgedZones: distinct(parts.flatMap(({ unjudgedZones }) => unjudgedZones)).sort(),
    ...mergeAttacks(parts.map(({ attacks }) => attacks ?? {})),
  };
  const expressions = distinct(parts.flatMap(({ thresholds }) => thresholds.map(({ expression }) => expression)));
  merged.thresholds = expressions.map((expression) => judge(expression, merged));
  merged.ok = isOk(merged);
  return merged;
}

function mergeLatencies(parts: readonly TwoLatencies[]): TwoLatencies {
  return {
    fromDue: sumOfLatencies(parts.map(({ fromDue }) => fromDue)),
    fromSend: sumOfLatencies(parts.map(({ fromSend }) => fromSend)),
  };
}

/** Leaves out `attacks` if no part has any. */
function mergeAttacks(parts: readonly Readonly<Record<string, AttackResult>>[]): Pick<RunResult, 'attacks'> {
  const sums = new Map<string, AttackResult>();
  for (const [kind, { sent, repelled }] of parts.flatMap((part) => Object.entries(part))) {
    const so = sums.get(kind) ?? { sent: 0, repelled: 0 };
    sums.set(kind, { sent: so.sent + sent, repelled: so.repelled + repelled });
  }
  return sums.size === 0 ? {} : { attacks: Object.fromEntries(sums) };
}

/** Adds counts by name. Uses a Map because names come from answers and may be `__proto__`. */
export function addCounts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, n] of parts.flatMap((part) => Object.entries(part))) sums.set(name, (sums.get(name) ?? 0) + n);
  return Object.fromEntries(Array.from(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

function worst(numbers: readonly number[]): number {
  return numbers.reduce((worst, n) => Math.max(worst, n), 0);
}

function distinct(texts: readonly string[]): string[] {
  return Array.from(new Set(texts));
}

function unjudgedOf(unjudged: number): { unjudged?: number } {
  return unjudged === 0 ? {} : { unjudged };
}
