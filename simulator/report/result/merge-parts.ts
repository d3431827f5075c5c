import { histogramOf } from './latency-result.js';
import type { RunResult } from './run-result.js';

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

/** Parts of one run, in shard order, and the missing shards. */
export interface Parts {
  parts: readonly [RunResult, ...RunResult[]];
  missing: string[];
}

/** Checks and sorts the parts of a run. @throws {MergeError} if the results are not parts of one run */
export function partsOf(results: readonly RunResult[]): Parts {
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
    parts: [first.result, ...others.map(({ result }) => result)],
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
  for (const measure of ['ack', 'decision'] as const) {
    for (const from of ['fromDue', 'fromSend'] as const) {
      const [ours, theirs] = [histogramOf(a[measure][from]), histogramOf(b[measure][from])];
      const isAlike =
        ours.numberOfSignificantValueDigits === theirs.numberOfSignificantValueDigits &&
        ours.highestTrackableValue === theirs.highestTrackableValue;
      if (isAlike) continue;
      throw new MergeError(
        'MERGE_OTHER_HISTOGRAM',
        `Shards ${a.shard} and ${b.shard} keep ${measure}.${from} in histograms of different precision or range: run all shards with one version of swipegate-sim.`,
      );
    }
  }
}
