import { count, latency, threeDigits } from '@swipegate/terminal/figures';
import { highestRate, meanRate, type RunResult } from './run-result.js';

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
  const latencies = (name: string, of: (result: RunResult) => RunResult['ack']['fromDue']) => [
    figure(`${name}, p50`, 'ms', (result) => of(result).p50, 'lower'),
    figure(`${name}, p90`, 'ms', (result) => of(result).p90, 'lower'),
    figure(`${name}, p99`, 'ms', (result) => of(result).p99, 'lower'),
    figure(`${name}, p99.9`, 'ms', (result) => of(result).p999, 'lower'),
    figure(`${name}, max`, 'ms', (result) => of(result).max, 'lower'),
  ];
  const ofSearches =
    a.probes === undefined && b.probes === undefined
      ? []
      : [figure('highest rate that holds', 'per second', (result) => highestRate(result) ?? null, 'higher')];
  const ofAttacks =
    a.attacks === undefined && b.attacks === undefined
      ? []
      : [figure('hostile posts not repelled', 'count', cameThrough, 'lower')];
  return [
    ...ofSearches,
    figure('lost', 'count', ({ faults }) => faults.lost, 'lower'),
    figure('duplicated', 'count', ({ faults }) => faults.duplicated, 'lower'),
    figure('wrong', 'count', ({ faults }) => faults.wrong, 'lower'),
    figure('changed', 'count', ({ faults }) => faults.changed, 'lower'),
    figure('reordered', 'count', ({ faults }) => faults.reordered, 'lower'),
    ...ofAttacks,
    figure('target rate', 'per second', ({ rate }) => rate),
    figure('accepted per second', 'per second', (result) => meanRate(result, 'accepted'), 'higher'),
    figure('accepted', 'count', ({ counts }) => counts.accepted),
    figure('decided', 'count', ({ counts }) => counts.decided),
    figure('refused', 'count', ({ counts }) => counts.refused, 'lower'),
    figure('never answered', 'count', ({ counts }) => counts.unanswered, 'lower'),
    figure('retries', 'count', ({ counts }) => counts.retries, 'lower'),
    ...latencies('swipe to durable', ({ ack }) => ack.fromDue),
    figure('durable, from send, p99', 'ms', ({ ack }) => ack.fromSend.p99, 'lower'),
    ...latencies('swipe to decision', ({ decision }) => decision.fromDue),
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
