import { html, type Markup, NOTHING } from '@swipegate/page/markup';
import { count, latency } from '@swipegate/terminal/figures';
import type { Probe, RunResult } from '../result/run-result.js';
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
  const stateAt = (rate: number) => (byRate.get(rate)?.ok === true ? 'holds' : 'does not hold');
  const shared = {
    xs: tried.map(({ rate }) => rate),
    x: {
      at: across.at,
      ticks: across.ticks,
      tick: (rate: number) => count(rate),
      name: (rate: number) => `${count(rate)} /s ${stateAt(rate)}`,
    },
    marks: tried.map(({ rate, ok }) => ({
      x: rate,
      look: ok ? ('good' as const) : ('bad' as const),
      sign: ok ? '✓' : '✗',
      name: `${count(rate)} /s ${stateAt(rate)}`,
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

/** Table of all tried rates, in order, and why each failed. Empty for other runs. */
export function searchTable({ probes = [] }: RunResult): Markup {
  if (probes.length === 0) return NOTHING;
  return html`<div class="card"><h3>Tried rates</h3><p class="note">in order; a rate that fails is tried once more</p>
<div class="scroll"><table class="compact"><thead><tr><th scope="col" class="n">rate /s</th><th scope="col" class="n">accepted /s</th><th scope="col" class="n">durable p99</th><th scope="col" class="n">decision p99</th><th scope="col">state</th><th scope="col">why</th></tr></thead><tbody>
${probes.map(probeRow)}</tbody></table></div></div>
`;
}

function probeRow({ rate, acceptedPerSecond, ackP99, decisionP99, ok, because }: Probe): Markup {
  return html`<tr><th scope="row" class="n">${count(rate)}</th><td class="n">${count(acceptedPerSecond)}</td><td class="n">${latency(ackP99)}</td><td class="n">${latency(decisionP99)}</td><td class="${ok ? 'good' : 'bad'}">${ok ? '✓ holds' : '✗ fails'}</td><td><bdi>${because.join('; ')}</bdi></td></tr>
`;
}
