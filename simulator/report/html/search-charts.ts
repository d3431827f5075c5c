import { count, latency } from '@swipegate/terminal/figures';
import type { RunResult } from '../result/run-result.js';
import type { LineChart } from './line-chart.js';
import { latencyScale, linearScale } from './scale.js';

/** Charts of a search: latency and accepted rate by tried rate. Empty for other runs. */
export function searchCharts({ probes = [] }: RunResult): LineChart[] {
  if (probes.length === 0) return [];
  // A rate that was tried twice shows its last try.
  const byRate = new Map(probes.map((probe) => [probe.rate, probe]));
  const tried = Array.from(byRate.values()).sort((a, b) => a.rate - b.rate);
  const latencies = [
    { name: 'durable p99', look: 'ack', values: tried.map(({ ackP99 }) => ackP99) },
    { name: 'decision p99', look: 'decision', values: tried.map(({ decisionP99 }) => decisionP99) },
  ] as const;
  const rates = [
    { name: 'target', look: 'due', values: tried.map(({ rate }) => rate) },
    { name: 'accepted', look: 'ack', values: tried.map(({ acceptedPerSecond }) => acceptedPerSecond) },
  ] as const;
  const across = linearScale(tried.at(-1)?.rate ?? 1);
  const nameOf = (rate: number) => `${count(rate)} /s ${byRate.get(rate)?.ok === true ? 'holds' : 'does not hold'}`;
  const shared = {
    xs: tried.map(({ rate }) => rate),
    x: { at: across.at, ticks: across.ticks, tick: (rate: number) => count(rate), name: nameOf },
    marks: tried.map(({ rate, ok }) => ({
      x: rate,
      look: ok ? ('good' as const) : ('bad' as const),
      sign: ok ? '✓' : '✗',
      name: nameOf(rate),
    })),
  };
  const y = latencyScale(latencies.flatMap(({ values }) => values));
  return [
    {
      ...shared,
      id: 'search',
      title: 'Latency by rate',
      note: `p99 of each tried rate, swipes/s; ✓ holds, ✗ does not hold${y.kind === 'log' ? '; log scale' : ''}`,
      y,
      yTick: latency,
      yText: latency,
      lines: latencies,
    },
    {
      ...shared,
      id: 'search-rates',
      title: 'Accepted by rate',
      note: 'swipes/s; where the lines diverge, something is saturated',
      y: linearScale(Math.max(...rates.flatMap(({ values }) => values))),
      yTick: (rate) => count(rate),
      yText: (rate) => `${count(rate)} /s`,
      lines: rates,
    },
  ];
}
