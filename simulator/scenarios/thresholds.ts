import { nearest } from '@swipegate/contract/values/nearest';
import { OptionError } from '@swipegate/terminal/options';
import { histogramOf } from '../report/result/latency.js';
import { COUNTS, FAULTS, meanRate, type RunResult, type ThresholdResult } from '../report/result/run-result.js';

export class ThresholdError extends Error {
  override readonly name = 'ThresholdError';
  readonly code = 'THRESHOLD_UNREADABLE';
}

/** Condition that a run must meet, such as `ack.p99<50ms` or `lost==0`. */
export interface Threshold {
  metric: string;
  operator: Operator;
  /** ms for a latency, otherwise a count or swipes/s. */
  value: number;
}

type Operator = keyof typeof OPERATORS;
type Figure = (result: RunResult) => number | null;

const OPERATORS = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;

const FIGURES: ReadonlyMap<string, Figure> = new Map<string, Figure>([
  ...FAULTS.map((name): [string, Figure] => [name, ({ faults }) => faults[name]]),
  ...COUNTS.map((name): [string, Figure] => [name, ({ counts }) => counts[name]]),
  ['errors', ({ counts }) => counts.refused + counts.unanswered],
  ['due.rate', (result) => meanRate(result, 'due')],
  ['accepted.rate', (result) => meanRate(result, 'accepted')],
  ['generator.max', ({ generatorDelayMs }) => generatorDelayMs],
]);

const LATENCY = /^(ack|decision)(\.send)?\.(p\d{1,2}(?:\.\d+)?|p999|p100|min|mean|max)$/;
/** Common latency metrics, for "Did you mean". */
const LATENCIES = ['ack', 'ack.send', 'decision', 'decision.send'].flatMap((measure) =>
  ['p50', 'p90', 'p95', 'p99', 'p99.9', 'min', 'mean', 'max'].map((stat) => `${measure}.${stat}`),
);
const FORM = /^\s*([a-z][a-z0-9.]*)\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%)?\s*$/;
const EXAMPLES = "write, for example, 'ack.p99<50ms', 'decision.p95<=0.5s', 'lost==0' or 'accepted.rate>=100'";

/** Parses a threshold. @throws {ThresholdError} THRESHOLD_UNREADABLE, with the problem and the fix */
export function parseThreshold(expression: string): Threshold {
  const [, metric = '', sign = '', digits = '', unit] = FORM.exec(expression) ?? [];
  if (!isOperator(sign)) throw new ThresholdError(`The threshold ${expression} cannot be read: ${EXAMPLES}.`);
  const isTime = LATENCY.test(metric) || metric === 'generator.max';
  if (!isTime && !FIGURES.has(metric)) {
    const names = Array.from(FIGURES.keys());
    const meant = nearest(metric, [...names, ...LATENCIES]);
    throw new ThresholdError(
      `The threshold ${expression} uses the unknown metric ${metric}.` +
        `${meant === undefined ? '' : ` Did you mean ${meant}?`} Metrics are ${names.join(', ')}, and ack, ack.send, ` +
        'decision and decision.send, each with .p50, .p99, .p99.9 and so on, .min, .mean and .max.',
    );
  }
  if (unit !== undefined && (!isTime || unit === '%')) {
    throw new ThresholdError(
      `The threshold ${expression} has the unit ${unit}, which ${metric} does not take: remove it.`,
    );
  }
  return { metric, operator: sign, value: Number(digits) * (unit === 's' ? 1_000 : 1) };
}

/** Checks a run against a threshold. An unmeasured metric never meets one. @throws {ThresholdError} when it is invalid */
export function judgeThreshold(expression: string, result: RunResult): ThresholdResult {
  const { metric, operator, value } = parseThreshold(expression);
  const actual = FIGURES.get(metric)?.(result) ?? latencyOf(metric, result);
  return { expression, actual, ok: actual !== null && OPERATORS[operator](actual, value) };
}

function isOperator(text: string): text is Operator {
  return text in OPERATORS;
}

function latencyOf(metric: string, result: RunResult): number | null {
  const [, measure = '', send, stat = ''] = LATENCY.exec(metric) ?? [];
  if (measure !== 'ack' && measure !== 'decision') return null;
  const latency = result[measure][send === undefined ? 'fromDue' : 'fromSend'];
  if (latency.count === 0) return null;
  if (stat === 'min' || stat === 'mean' || stat === 'max') return latency[stat];
  const percentile = stat === 'p999' ? 99.9 : Number(stat.slice(1));
  return histogramOf(latency).getValueAtPercentile(percentile) / 1_000;
}

/** Checks a threshold such as `ack.p99<50ms` and returns it unchanged. @throws {OptionError} */
export function thresholdOption(name: string, text: string): string {
  try {
    parseThreshold(text);
    return text;
  } catch (error) {
    if (error instanceof ThresholdError) throw new OptionError(`${name}: ${error.message}`);
    throw error;
  }
}
