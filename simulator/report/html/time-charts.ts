import { clock, latency, threeDigits } from '../figures.js';
import type { RunResult } from '../run-result.js';
import type { Line, LineChart } from './line-chart.js';
import { latencyScale, linearScale, timeAxis } from './scale.js';
import { type Reduction, TimeGrid } from './time-grid.js';

/** Charts over the time of one run. */
export function timeCharts({ seconds }: RunResult): LineChart[] {
  const grid = new TimeGrid(seconds);
  const rate = (
    name: string,
    look: Line['look'],
    member: 'due' | 'accepted' | 'decided' | 'errors',
    how: Reduction,
  ) => ({
    name,
    look,
    values: grid.values(seconds, member, how),
  });
  const percentile = (
    name: string,
    look: Line['look'],
    member: 'ackP50' | 'ackP99' | 'decisionP50' | 'decisionP99',
  ) => ({
    name,
    look,
    values: grid.values(seconds, member, 'worst'),
  });
  return [
    rateChart(grid, 'throughput', 'Throughput', [
      rate('due', 'due', 'due', 'mean'),
      rate('decided', 'decision', 'decided', 'mean'),
      rate('accepted', 'ack', 'accepted', 'mean'),
      rate('errors', 'errors', 'errors', 'worst'),
    ]),
    latencyChart(grid, 'percentiles', 'Latency over time', [
      percentile('durable p50', 'ack-faint', 'ackP50'),
      percentile('durable p99', 'ack', 'ackP99'),
      percentile('decision p50', 'decision-faint', 'decisionP50'),
      percentile('decision p99', 'decision', 'decisionP99'),
    ]),
  ];
}

/** The same of two runs, a chart a measure: seconds since the start of each. */
export function comparedTimeCharts(a: RunResult, b: RunResult): LineChart[] {
  const grid = new TimeGrid(a.seconds, b.seconds);
  const both = (
    name: string,
    member: 'accepted' | 'errors' | 'ackP50' | 'ackP99' | 'decisionP50' | 'decisionP99',
    how: Reduction,
  ) => {
    const faint = name === 'p50';
    return [
      { name: `A ${name}`, look: faint ? 'a-faint' : 'a', values: grid.values(a.seconds, member, how) },
      { name: `B ${name}`, look: faint ? 'b-faint' : 'b', values: grid.values(b.seconds, member, how) },
    ] satisfies Line[];
  };
  return [
    rateChart(grid, 'throughput', 'Accepted', both('accepted', 'accepted', 'mean')),
    rateChart(grid, 'errors', 'Errors', both('errors', 'errors', 'worst')),
    latencyChart(grid, 'ack-percentiles', 'Swipe to durable', [
      ...both('p50', 'ackP50', 'worst'),
      ...both('p99', 'ackP99', 'worst'),
    ]),
    latencyChart(grid, 'decision-percentiles', 'Swipe to decision', [
      ...both('p50', 'decisionP50', 'worst'),
      ...both('p99', 'decisionP99', 'worst'),
    ]),
  ];
}

function rateChart(grid: TimeGrid, id: string, title: string, lines: Line[]): LineChart {
  const most = lines.flatMap(({ values }) => values).reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return {
    ...overTime(grid),
    id,
    title,
    note: `swipes a second${grid.step === 1 ? '' : `; a point is the mean of ${grid.step} s, of errors their worst second`}`,
    y: linearScale(most),
    yTick: threeDigits,
    yText: (value) => `${threeDigits(value)} /s`,
    lines,
  };
}

function latencyChart(grid: TimeGrid, id: string, title: string, lines: Line[]): LineChart {
  const y = latencyScale(lines.flatMap(({ values }) => values));
  const log = y.kind === 'log' ? ', log scale' : '';
  return {
    ...overTime(grid),
    id,
    title,
    note: `counted from the moment a swipe was due${log}${grid.step === 1 ? '' : `; a point is the worst of ${grid.step} s`}`,
    y,
    yTick: latency,
    yText: latency,
    lines,
  };
}

function overTime(grid: TimeGrid): Pick<LineChart, 'xs' | 'x' | 'shaded'> {
  const axis = timeAxis(grid.from, grid.to);
  return {
    xs: grid.moments,
    x: { ...axis, tick: signedClock, name: signedClock },
    ...(grid.from < 0 ? { shaded: { from: grid.from, to: Math.min(0, grid.to), name: 'warm-up: not timed' } } : {}),
  };
}

function signedClock(second: number): string {
  return `${second < 0 ? '−' : ''}${clock(Math.abs(second) * 1_000)}`;
}
