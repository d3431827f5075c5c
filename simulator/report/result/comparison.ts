import { count, latency, threeDigits } from '@swipegate/terminal/figures';
import { FAULTS, highestRate, meanRate, type RunResult } from './run-result.js';

/** One figure of two runs. */
export interface ComparedFigure {
  name: string;
  unit: 'count' | 'ms' | 'per second';
  a: number | null;
  b: number | null;
  /** Undefined if neither is better, e.g. for the target rate. */
  better: 'lower' | 'higher' | undefined;
}

/** Figures to compare, most important first. */
export function comparedFigures(a: RunResult, b: RunResult): ComparedFigure[] {
  const figure = (
    name: string,
    unit: ComparedFigure['unit'],
    of: (result: RunResult) => number | null,
    better?: 'lower' | 'higher',
  ): ComparedFigure => ({ name, unit, a: of(a), b: of(b), better });
  const latencies = (name: string, measure: 'ack' | 'decision') =>
    (['p50', 'p90', 'p99', 'p999', 'max'] as const).map((stat) =>
      figure(`${name}, ${stat.replace('p999', 'p99.9')}`, 'ms', (result) => result[measure].fromDue[stat], 'lower'),
    );
  const isSearch = a.probes !== undefined || b.probes !== undefined;
  const isAttacked = a.attacks !== undefined || b.attacks !== undefined;
  return [
    ...(isSearch ? [figure('highest rate that holds', 'per second', (run) => highestRate(run) ?? null, 'higher')] : []),
    ...FAULTS.map((fault) => figure(fault, 'count', ({ faults }) => faults[fault], 'lower')),
    ...(isAttacked ? [figure('hostile posts not repelled', 'count', cameThrough, 'lower')] : []),
    figure('target rate', 'per second', ({ rate }) => rate),
    figure('accepted per second', 'per second', (result) => meanRate(result, 'accepted'), 'higher'),
    figure('accepted', 'count', ({ counts }) => counts.accepted),
    figure('decided', 'count', ({ counts }) => counts.decided),
    figure('refused', 'count', ({ counts }) => counts.refused, 'lower'),
    figure('never answered', 'count', ({ counts }) => counts.unanswered, 'lower'),
    figure('retries', 'count', ({ counts }) => counts.retries, 'lower'),
    ...latencies('swipe to durable', 'ack'),
    figure('durable, from send, p99', 'ms', ({ ack }) => ack.fromSend.p99, 'lower'),
    ...latencies('swipe to decision', 'decision'),
    figure('decision, from send, p99', 'ms', ({ decision }) => decision.fromSend.p99, 'lower'),
    figure('generator delay, max', 'ms', ({ generatorDelayMs }) => generatorDelayMs, 'lower'),
  ];
}

function cameThrough({ attacks }: RunResult): number | null {
  if (attacks === undefined) return null;
  return Object.values(attacks).reduce((sum, { sent, repelled }) => sum + sent - repelled, 0);
}

export function figureText(value: number | null, unit: ComparedFigure['unit']): string {
  if (unit === 'ms' || value === null) return latency(value);
  return unit === 'count' ? count(value) : `${threeDigits(value)} /s`;
}

/** Ignores differences of up to a tenth of `a`, as noise. From 0, any increase counts. */
export function verdictOf({ a, b, better }: ComparedFigure): 'better' | 'worse' | 'alike' {
  if (better === undefined || a === null || b === null || Math.abs(b - a) <= 0.1 * a) return 'alike';
  return b > a === (better === 'higher') ? 'better' : 'worse';
}
