import type { LivePercentiles, LiveView } from '../report/lines/live.js';
import { addCounts, mergeSeconds, worse } from '../report/result/merge.js';
import { byOutcome } from '../report/result/run-result.js';
import type { LoadWorkerProgress } from './load-worker-messages.js';

interface LiveProgressOptions {
  scenario: string;
  readers: number;
  warmUpMs: number;
  /** Undefined runs until stopped. */
  durationMs: number | undefined;
  /** Scheduled swipes/s at a time in ms from the end of the warm-up. */
  rateAt(atMs: number): number;
}

const MINUTE = 60;
/** Phases in order. A run is in the phase of its slowest worker. */
const PHASES = ['warming up', 'swiping', 'settling', 'reconciling'] as const;

/** Combines the progress of a run's load workers into one view. */
export class LiveProgress {
  readonly #options: LiveProgressOptions;
  readonly #accepted: number[] = [];
  #lastSecond: number | undefined;

  constructor(options: LiveProgressOptions) {
    this.#options = options;
  }

  /** @param atMs ms from the end of the warm-up; negative during it */
  view(atMs: number, workers: readonly LoadWorkerProgress[]): LiveView {
    const { scenario, readers, warmUpMs, durationMs, rateAt } = this.#options;
    const total = (of: (worker: LoadWorkerProgress) => number) => workers.reduce((sum, worker) => sum + of(worker), 0);
    const phase = PHASES.find((name) => workers.some((worker) => worker.phase === name)) ?? 'warming up';
    const last = workers.flatMap(({ second }) => second ?? []);
    // Workers close their seconds at different times: count the last second of each as the same second.
    const [second] = mergeSeconds(last.map((each) => ({ ...each, atSecond: 0 })));
    if (second !== undefined) this.#remember(Math.max(...last.map(({ atSecond }) => atSecond)), second.accepted);
    return {
      scenario,
      phase,
      // Negative during the short preparation before the first arrival.
      elapsedMs: Math.max(0, phase === 'warming up' ? atMs + warmUpMs : atMs),
      durationMs: phase === 'warming up' ? warmUpMs : durationMs,
      readers,
      rate: rateAt(atMs),
      perSecond: second ?? { due: 0, accepted: 0, decided: 0, errors: 0 },
      totals: {
        due: total(({ counts }) => counts.due),
        accepted: total(({ counts }) => counts.accepted),
        decided: total(({ counts }) => counts.decided),
        errors: total(({ counts }) => counts.refused + counts.unanswered),
        retries: total(({ counts }) => counts.retries),
      },
      inFlight: total(({ inFlight }) => inFlight),
      overdue: total(({ overdue }) => overdue),
      generatorDelayMs: Math.max(0, ...workers.map(({ generatorDelayMs }) => generatorDelayMs)),
      invalidBecause: Array.from(new Set(workers.flatMap(({ invalidBecause }) => invalidBecause))),
      ack: worstOf(workers.map(({ ack }) => ack)),
      decision: worstOf(workers.map(({ decision }) => decision)),
      outcomes: byOutcome((outcome) => addCounts(workers.map(({ outcomes }) => outcomes[outcome]))),
      lastMinute: this.#accepted,
    };
  }

  #remember(atSecond: number, accepted: number): void {
    if (atSecond === this.#lastSecond) return;
    this.#lastSecond = atSecond;
    this.#accepted.push(accepted);
    if (this.#accepted.length > MINUTE) this.#accepted.shift();
  }
}

/** Percentiles cannot be added. The worst of the workers is an upper bound for the whole. */
function worstOf(workers: readonly LivePercentiles[]): LivePercentiles {
  const worst = (name: keyof LivePercentiles) => workers.map((worker) => worker[name]).reduce(worse, null);
  return { p50: worst('p50'), p90: worst('p90'), p99: worst('p99'), p999: worst('p999') };
}
