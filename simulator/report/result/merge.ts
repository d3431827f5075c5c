import { histogramOf, sumOfLatencies } from './latency.js';
import {
  type AttackResult,
  byOutcome,
  COUNTS,
  FAULTS,
  isOk,
  type LatencyResult,
  latenciesOf,
  type ReaderResult,
  type RunResult,
  type Second,
  type ThresholdResult,
  type TwoLatencies,
} from './run-result.js';

export type JudgeThreshold = (expression: string, merged: RunResult) => ThresholdResult;

const MAX_EXAMPLES = 100;

/**
 * Merges the shards of one run, in any order; a result with missing shards is marked invalid. Counts and histograms are
 * added, so percentiles equal those of one simulator that measured everything. Percentiles of seconds and readers have
 * no histogram in the file. They become the worst of the parts, which may be too bad but never too good.
 * @throws {MergeError} if the results are not parts of one run
 */
export function mergeResults(results: readonly RunResult[], judge: JudgeThreshold): RunResult {
  const { shards: parts, missing } = shardsOf(results);
  const [first] = parts;
  const unjudged = total(parts.map(({ unjudged = 0 }) => unjudged));
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
    counts: parts.map(({ counts }) => counts).reduce((a, b) => added(COUNTS, a, b)),
    faults: parts.map(({ faults }) => faults).reduce((a, b) => added(FAULTS, a, b)),
    ...(unjudged === 0 ? {} : { unjudged }),
    examples: parts.flatMap(({ examples }) => examples).slice(0, MAX_EXAMPLES),
    outcomes: byOutcome((outcome) => addCounts(parts.map(({ outcomes }) => outcomes[outcome]))),
    problems: addCounts(parts.map(({ problems }) => problems)),
    ack: mergeLatencies(parts.map(({ ack }) => ack)),
    decision: mergeLatencies(parts.map(({ decision }) => decision)),
    generatorDelayMs: worst(parts.map(({ generatorDelayMs }) => generatorDelayMs)),
    seconds: mergeSeconds(parts.flatMap(({ seconds }) => seconds)),
    perReader: mergeReaders(parts.flatMap(({ perReader }) => perReader)),
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

/** Copy of `a` in which the named counts have those of `b` added. */
function added<Name extends string, Counts extends Record<Name, number>>(
  names: readonly Name[],
  a: Counts,
  b: Readonly<Record<Name, number>>,
): Counts {
  const sum = { ...a };
  const counts: Record<Name, number> = sum;
  for (const name of names) counts[name] += b[name];
  return sum;
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

export class MergeError extends Error {
  override readonly name = 'MergeError';
  readonly code:
    | 'MERGE_NOTHING'
    | 'MERGE_NOT_A_SHARD'
    | 'MERGE_OTHER_RUN'
    | 'MERGE_SHARD_TWICE'
    | 'MERGE_SEARCH'
    | 'MERGE_OTHER_HISTOGRAM';

  constructor(code: MergeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Checks and sorts the shards of a run, and lists the missing ones. @throws {MergeError} if they are not of one run */
function shardsOf(results: readonly RunResult[]): { shards: [RunResult, ...RunResult[]]; missing: string[] } {
  if (results.some(({ probes }) => probes !== undefined)) {
    throw new MergeError(
      'MERGE_SEARCH',
      'Results of searches do not add up, because each machine tries other rates: search on one machine, or run all shards at one rate.',
    );
  }
  const shards = results.map((result) => ({ result, ...shardOf(result) })).sort((a, b) => a.index - b.index);
  const [first, ...others] = shards;
  if (first === undefined) throw new MergeError('MERGE_NOTHING', 'No results to merge: name the files of all shards.');
  for (const other of others) {
    for (const [name, a, b] of [
      ['scenario', first.result.scenario, other.result.scenario],
      ['seed', first.result.seed, other.result.seed],
      ['number of shards', first.of, other.of],
    ] as const) {
      if (a === b) continue;
      throw new MergeError(
        'MERGE_OTHER_RUN',
        `Shards ${first.result.shard} and ${other.result.shard} are from different runs: their ${name} differs, ${a} and ${b}. Start all shards with the same options.`,
      );
    }
  }
  const twice = shards.find(({ index }, at) => shards[at + 1]?.index === index);
  if (twice !== undefined) {
    throw new MergeError(
      'MERGE_SHARD_TWICE',
      `Shard ${twice.result.shard} was given twice, so its swipes would count double: name each file once.`,
    );
  }
  for (const { result } of others) checkForm(first.result, result);
  const present = new Set(shards.map(({ index }) => index));
  const missing = Array.from({ length: first.of }, (_, i) => i + 1).filter((index) => !present.has(index));
  return {
    shards: [first.result, ...others.map(({ result }) => result)],
    missing: missing.map((index) => `${index}/${first.of}`),
  };
}

const MOST_SHARDS = 10_000;

function shardOf({ shard }: RunResult): { index: number; of: number } {
  const [, index, of] = /^([1-9]\d{0,4})\/([1-9]\d{0,4})$/.exec(shard ?? '') ?? [];
  if (index !== undefined && of !== undefined && Number(index) <= Number(of) && Number(of) <= MOST_SHARDS) {
    return { index: Number(index), of: Number(of) };
  }
  const is = shard === undefined ? 'One result is a whole run' : `One result has shard ${shard}`;
  throw new MergeError('MERGE_NOT_A_SHARD', `${is}, not a part: merge the results of --shard 1/N to N/N, all at once.`);
}

/** Rejects histograms of different precision or range, which do not add up exactly. */
function checkForm(a: RunResult, b: RunResult): void {
  const formOf = (latency: LatencyResult) => {
    const { numberOfSignificantValueDigits: digits, highestTrackableValue: highest } = histogramOf(latency);
    return `${digits} digits up to ${highest}`;
  };
  const theirs = new Map(latenciesOf(b));
  for (const [name, latency] of latenciesOf(a)) {
    const other = theirs.get(name);
    if (other === undefined || formOf(latency) === formOf(other)) continue;
    throw new MergeError(
      'MERGE_OTHER_HISTOGRAM',
      `Shards ${a.shard} and ${b.shard} keep ${name} in histograms of different precision or range: run all shards with one version of swipegate-sim.`,
    );
  }
}

/** Adds seconds by number. Percentiles become the worst of the parts, which is never below that of all swipes. */
export function mergeSeconds(seconds: readonly Second[]): Second[] {
  return mergeBy(
    seconds,
    ({ atSecond }) => atSecond,
    (a, b) => ({
      ...added(['due', 'sent', 'accepted', 'decided', 'errors', 'inFlight'], a, b),
      ackP50: worse(a.ackP50, b.ackP50),
      ackP99: worse(a.ackP99, b.ackP99),
      decisionP50: worse(a.decisionP50, b.decisionP50),
      decisionP99: worse(a.decisionP99, b.decisionP99),
    }),
  );
}

/** Adds readers by id. A reader normally belongs to one shard; if two shards drove it, its counts add up. */
function mergeReaders(readers: readonly ReaderResult[]): ReaderResult[] {
  return mergeBy(
    readers,
    ({ readerId }) => readerId,
    (a, b) => ({ ...added(['swipes', 'denied', 'errors'], a, b), ackP99: worse(a.ackP99, b.ackP99) }),
  );
}

/** Adds items of the same key. @returns one item per key, in the order of the keys */
function mergeBy<Item, Key extends string | number>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
  add: (a: Item, b: Item) => Item,
): Item[] {
  const merged = new Map<Key, Item>();
  for (const item of items) {
    const sum = merged.get(keyOf(item));
    merged.set(keyOf(item), sum === undefined ? item : add(sum, item));
  }
  return Array.from(merged.values()).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The greater of two percentiles; null is not measured. */
export function worse(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
