import { comparedFigures, verdictOf } from './result/comparison.js';
import { highestRate, type LatencyResult, meanRate, type RunResult, type Second } from './result/run-result.js';

const COLUMNS: readonly [name: string, member: keyof Second][] = [
  ['at_second', 'atSecond'],
  ['due', 'due'],
  ['sent', 'sent'],
  ['accepted', 'accepted'],
  ['decided', 'decided'],
  ['errors', 'errors'],
  ['in_flight', 'inFlight'],
  ['ack_p50_ms', 'ackP50'],
  ['ack_p99_ms', 'ackP99'],
  ['decision_p50_ms', 'decisionP50'],
  ['decision_p99_ms', 'decisionP99'],
];

/** Formats a run's seconds as CSV (RFC 4180), with empty cells for values not measured. No number needs quotes. */
export function csvOf({ seconds }: Pick<RunResult, 'seconds'>): string {
  const header = COLUMNS.map(([name]) => name).join(',');
  const rows = seconds.map((second) => COLUMNS.map(([, member]) => second[member] ?? '').join(','));
  return [header, ...rows, ''].join('\r\n');
}

/** A run's result for scripts: rates computed from the seconds replace the seconds, readers and histograms. */
export function resultJson(result: RunResult): Record<string, unknown> {
  const { seconds: _seconds, perReader: _perReader, ack, decision, ...rest } = result;
  const highest = highestRate(result);
  return {
    ...rest,
    acceptedPerSecond: meanRate(result, 'accepted'),
    ack: { fromDue: percentiles(ack.fromDue), fromSend: percentiles(ack.fromSend) },
    decision: { fromDue: percentiles(decision.fromDue), fromSend: percentiles(decision.fromSend) },
    ...(highest === undefined ? {} : { highestRate: highest }),
  };
}

/** Comparison for scripts: both runs, and each figure with its verdict. */
export function comparisonJson(a: RunResult, b: RunResult): Record<string, unknown> {
  return {
    a: resultJson(a),
    b: resultJson(b),
    figures: comparedFigures(a, b).map(({ better, ...figure }) => ({
      ...figure,
      verdict: verdictOf({ ...figure, better }),
    })),
  };
}

function percentiles({ histogram: _histogram, ...figures }: LatencyResult): Omit<LatencyResult, 'histogram'> {
  return figures;
}
