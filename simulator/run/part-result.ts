import type { RunRecorder } from '../report/result/run-recorder.js';
import type { RunResult } from '../report/result/run-result.js';
import type { Reconciliation } from '../verify/reconcile.js';
import type { PartOptions } from './part-options.js';

export interface PartOutcome {
  options: PartOptions;
  readers: number;
  recorder: RunRecorder;
  reconciliation: Reconciliation;
  /** End of the warm-up; `durationMs` counts from here. */
  startedAt: Date;
  durationMs: number;
  generatorDelayMs: number;
  invalidBecause: string[];
  unjudgedZones: ReadonlySet<string>;
}

/** Result of one part. Its `ok` and `thresholds` are placeholders, because they apply to the whole run. */
export function partResult(outcome: PartOutcome): RunResult {
  const { options, readers, recorder, reconciliation, startedAt, invalidBecause } = outcome;
  const { scenario, target, part, rate, seed, warmUpMs } = options;
  const { granted, denied, recorded, examples, decided, unjudged, accepted: _same, ...faults } = reconciliation;
  const figures = recorder.figures();
  return {
    format: 'swipegate-run/1',
    ok: true,
    valid: invalidBecause.length === 0,
    invalidBecause,
    scenario: scenario.name,
    target,
    startedAt: startedAt.toISOString(),
    shard: `${part.index + 1}/${part.of}`,
    seed,
    readers,
    rate: rate / part.of,
    warmUpMs,
    durationMs: Math.round(Math.max(0, outcome.durationMs)),
    ...figures,
    counts: { ...figures.counts, decided },
    faults,
    ...(unjudged === 0 ? {} : { unjudged }),
    examples: [...examples, ...figures.examples],
    outcomes: { granted, denied, recorded },
    generatorDelayMs: Math.round(outcome.generatorDelayMs),
    thresholds: [],
    unjudgedZones: Array.from(outcome.unjudgedZones),
  };
}
