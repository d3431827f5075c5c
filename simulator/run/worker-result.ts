import type { RunRecorder } from '../report/result/run-recorder.js';
import type { RunResult } from '../report/result/run-result.js';
import type { Reconciliation } from '../verify/reconcile.js';
import type { GeneratorDelay } from './generator-delay.js';
import type { LoadWorkerOptions } from './load-worker-messages.js';

interface WorkerRun {
  startedAt: Date;
  /** Time from the start of the schedule to its end, ms. The longest that the options allow counts. */
  lastedMs: number;
  readers: number;
  /** Part of the run that this worker did. */
  part: Pick<RunResult, 'shard' | 'rate' | 'unjudgedZones'>;
  recorder: RunRecorder;
  delay: GeneratorDelay;
  invalidBecause: string[];
  reconciliation: Reconciliation;
  /** Accepted swipes, if the recorder does not count them. */
  accepted?: number;
}

/** Builds the result of one worker. `ok` and `thresholds` are placeholders, because they apply to the whole run. */
export function workerResult(
  { scenario, target, seed, warmUpMs, durationMs = Number.POSITIVE_INFINITY }: LoadWorkerOptions,
  { startedAt, lastedMs, readers, part, recorder, delay, invalidBecause, reconciliation, accepted }: WorkerRun,
): RunResult {
  const { granted, denied, recorded, examples, decided, unjudged, accepted: _reconciled, ...faults } = reconciliation;
  const figures = recorder.figures();
  return {
    format: 'swipegate-run/1',
    ok: true,
    valid: invalidBecause.length === 0,
    invalidBecause,
    scenario: scenario.name,
    target,
    startedAt: startedAt.toISOString(),
    seed,
    readers,
    ...part,
    warmUpMs,
    // Queues at turnstiles may outlast the schedule.
    durationMs: Math.round(Math.max(0, Math.min(lastedMs, durationMs))),
    ...figures,
    counts: { ...figures.counts, decided, ...(accepted === undefined ? {} : { accepted }) },
    faults,
    ...(unjudged === 0 ? {} : { unjudged }),
    examples: [...examples, ...figures.examples],
    outcomes: { granted, denied, recorded },
    generatorDelayMs: Math.round(delay.worstMs),
    thresholds: [],
  };
}
