import { latency } from '@swipegate/terminal/figures';
import type { Histogram } from 'hdr-histogram-js';
import { histogramOf } from '../result/latency.js';
import type { LatencyResult, RunResult } from '../result/run-result.js';
import type { Line, LineChart } from './line-chart.js';
import { latencyScale } from './scale.js';

/** Distance of points on the x axis, whose unit is a nine: 90 % is 1, 99 % is 2. */
const STEP = 1 / 40;
const LEAST_NINES = 4;
const MOST_NINES = 6;

export function percentileCurves({ ack, decision }: RunResult): LineChart[] {
  return [
    percentileCurve('percentile-curve', 'Latency by percentile', [
      { name: 'durable', look: 'ack', latency: ack.fromDue },
      { name: 'durable, from send', look: 'ack-faint', latency: ack.fromSend },
      { name: 'decision', look: 'decision', latency: decision.fromDue },
      { name: 'decision, from send', look: 'decision-faint', latency: decision.fromSend },
    ]),
  ];
}

export function comparedPercentileCurves(a: RunResult, b: RunResult): LineChart[] {
  const both = (measure: 'ack' | 'decision'): Curve[] => [
    { name: 'A', look: 'a', latency: a[measure].fromDue },
    { name: 'B', look: 'b', latency: b[measure].fromDue },
  ];
  return [
    percentileCurve('ack-curve', 'Swipe to durable by percentile', both('ack')),
    percentileCurve('decision-curve', 'Swipe to decision by percentile', both('decision')),
  ];
}

interface Curve {
  name: string;
  look: Line['look'];
  latency: LatencyResult;
}

function percentileCurve(id: string, title: string, curves: readonly Curve[]): LineChart {
  const most = curves.reduce((most, { latency }) => Math.max(most, latency.count), 0);
  const nines = Math.min(MOST_NINES, Math.max(LEAST_NINES, Math.ceil(Math.log10(Math.max(1, most)))));
  const xs = Array.from({ length: Math.round(nines / STEP) + 1 }, (_, i) => i * STEP);
  const lines = curves.map(({ name, look, latency }) => ({ name, look, values: curve(histogramOf(latency), xs) }));
  const y = latencyScale(lines.flatMap(({ values }) => values));
  return {
    id,
    title,
    note: `of the timed swipes, by percentile${y.kind === 'log' ? '; log scale' : ''}; a curve ends at the slowest swipe`,
    xs,
    x: {
      at: (nine) => nine / nines,
      ticks: Array.from({ length: nines + 1 }, (_, i) => i),
      tick: percentileText,
      name: (nines) => `${percentileText(nines)} %`,
    },
    y,
    yTick: latency,
    yText: latency,
    lines,
  };
}

/** Latency in ms at each x; null for percentiles that need more values than the histogram has. */
function curve(histogram: Histogram, xs: readonly number[]): (number | null)[] {
  const last = Math.log10(Math.max(1, histogram.totalCount)) + STEP;
  return xs.map((x) => {
    if (histogram.totalCount === 0 || x > last) return null;
    return histogram.getValueAtPercentile(percentileAt(x)) / 1_000;
  });
}

function percentileAt(nines: number): number {
  return 100 * (1 - 10 ** -nines);
}

function percentileText(nines: number): string {
  return String(Number(percentileAt(nines).toFixed(Math.max(0, Math.ceil(nines - 1e-9) - 1))));
}
