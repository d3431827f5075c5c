import { comparedFigures, verdictOf } from './comparison.js';
import { highestRate, meanRate } from './rates.js';
import type { LatencyResult, RunResult } from './run-result.js';

/**
 * A run's result for scripts: without the long parts (seconds, readers, histograms), but with the rates computed from
 * them.
 */
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
    figures: comparedFigures(a, b).map((figure) => ({
      name: figure.name,
      unit: figure.unit,
      a: figure.a,
      b: figure.b,
      verdict: verdictOf(figure),
    })),
  };
}

function percentiles({ histogram: _histogram, ...figures }: LatencyResult): Omit<LatencyResult, 'histogram'> {
  return figures;
}
