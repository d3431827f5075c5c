import { clock, latency, threeDigits } from '@swipegate/terminal/figures';
import type { RunResult, Second } from '../result/run-result.js';
import type { Line, LineChart } from './line-chart.js';
import { latencyScale, linearScale, timeAxis } from './scale.js';

const MOST_POINTS = 400;

type Member = keyof Omit<Second, 'atSecond'>;

export function timeCharts({ seconds }: RunResult): LineChart[] {
  const grid = new TimeGrid(seconds);
  const line = (name: string, look: Line['look'], member: Member, how: Reduction): Line => {
    return { name, look, values: grid.values(seconds, member, how) };
  };
  return [
    rateChart(grid, 'throughput', 'Throughput', [
      line('due', 'due', 'due', 'mean'),
      line('accepted', 'ack', 'accepted', 'mean'),
      line('decided', 'decision-thin', 'decided', 'mean'),
      line('errors', 'errors', 'errors', 'worst'),
    ]),
    latencyChart(grid, 'percentiles', 'Latency over time', [
      line('durable p50', 'ack-faint', 'ackP50', 'worst'),
      line('durable p99', 'ack', 'ackP99', 'worst'),
      line('decision p50', 'decision-faint', 'decisionP50', 'worst'),
      line('decision p99', 'decision', 'decisionP99', 'worst'),
    ]),
    inFlightChart(grid, [line('in flight', 'ack', 'inFlight', 'worst')]),
  ];
}

/** Charts of two runs over time, one per measure, aligned at their start. */
export function comparedTimeCharts(a: RunResult, b: RunResult): LineChart[] {
  const grid = new TimeGrid(a.seconds, b.seconds);
  const both = (name: string, member: Member, how: Reduction): Line[] => {
    const faint = name === 'p50';
    return [
      { name: `A ${name}`, look: faint ? 'a-faint' : 'a', values: grid.values(a.seconds, member, how) },
      { name: `B ${name}`, look: faint ? 'b-faint' : 'b', values: grid.values(b.seconds, member, how) },
    ];
  };
  const latencies = (p50: Member, p99: Member) => [...both('p50', p50, 'worst'), ...both('p99', p99, 'worst')];
  return [
    rateChart(grid, 'throughput', 'Accepted', both('accepted', 'accepted', 'mean')),
    rateChart(grid, 'errors', 'Errors', both('errors', 'errors', 'worst')),
    latencyChart(grid, 'ack-percentiles', 'Swipe to durable', latencies('ackP50', 'ackP99')),
    latencyChart(grid, 'decision-percentiles', 'Swipe to decision', latencies('decisionP50', 'decisionP99')),
  ];
}

function inFlightChart(grid: TimeGrid, lines: Line[]): LineChart {
  return {
    ...overTime(grid),
    id: 'in-flight',
    title: 'In flight',
    note: `swipes without an answer or a decision${grid.worstNote}`,
    y: linearScale(greatest(lines)),
    yTick: threeDigits,
    yText: threeDigits,
    lines,
  };
}

function greatest(lines: readonly Line[]): number {
  return lines.flatMap(({ values }) => values).reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

function rateChart(grid: TimeGrid, id: string, title: string, lines: Line[]): LineChart {
  return {
    ...overTime(grid),
    id,
    title,
    note: `swipes/s${grid.step === 1 ? '' : `; a point is the mean of ${grid.step} s, for errors the worst second`}`,
    y: linearScale(greatest(lines)),
    yTick: threeDigits,
    yText: (value) => `${threeDigits(value)} /s`,
    lines,
  };
}

function latencyChart(grid: TimeGrid, id: string, title: string, lines: Line[]): LineChart {
  const y = latencyScale(lines.flatMap(({ values }) => values));
  return {
    ...overTime(grid),
    id,
    title,
    note: `measured from the time a swipe was due${y.kind === 'log' ? ', log scale' : ''}${grid.worstNote}`,
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

/** `mean` preserves rates; `worst` keeps a single peak or error visible. */
type Reduction = 'mean' | 'worst';

/** Time axis shared by a report's charts: at most 400 moments of one or more seconds each. */
export class TimeGrid {
  readonly from: number;
  /** Seconds in a moment. */
  readonly step: number;
  readonly moments: readonly number[];

  constructor(...series: readonly (readonly Second[])[]) {
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { atSecond } of series.flat()) {
      from = Math.min(from, atSecond);
      to = Math.max(to, atSecond);
    }
    const seconds = to < from ? 0 : to - from + 1;
    this.from = seconds === 0 ? 0 : from;
    this.step = Math.max(1, Math.ceil(seconds / MOST_POINTS));
    this.moments = Array.from({ length: Math.ceil(seconds / this.step) }, (_, i) => this.from + i * this.step);
  }

  get worstNote(): string {
    return this.step === 1 ? '' : `; a point is the worst of ${this.step} s`;
  }

  get to(): number {
    return this.moments.at(-1) ?? this.from;
  }

  /** One value per moment; null if not measured. */
  values(seconds: readonly Second[], member: Member, reduction: Reduction): (number | null)[] {
    const sums = new Array<number>(this.moments.length).fill(0);
    const counts = new Array<number>(this.moments.length).fill(0);
    for (const second of seconds) {
      const value = second[member];
      if (value === null) continue;
      const at = Math.floor((second.atSecond - this.from) / this.step);
      const sum = sums[at] ?? 0;
      sums[at] = reduction === 'mean' ? sum + value : Math.max(sum, value);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return sums.map((sum, at) => {
      const count = counts[at] ?? 0;
      return count === 0 ? null : reduction === 'mean' ? sum / count : sum;
    });
  }
}
