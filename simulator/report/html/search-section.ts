import { count, latency } from '../figures.js';
import type { Probe, RunResult } from '../run-result.js';
import type { LineChart } from './line-chart.js';
import { html, type Markup, NOTHING } from './markup.js';
import { latencyScale, linearScale } from './scale.js';

/** Of a search: latency over the rates that were tried. Nothing of other runs. */
export function searchCharts({ probes = [] }: RunResult): LineChart[] {
  if (probes.length === 0) return [];
  // A rate that was tried twice is shown by its last try.
  const byRate = new Map(probes.map((probe) => [probe.rate, probe]));
  const tried = Array.from(byRate.values()).sort((a, b) => a.rate - b.rate);
  const lines = [
    { name: 'durable p99', look: 'ack', values: tried.map(({ ackP99 }) => ackP99) },
    { name: 'decision p99', look: 'decision', values: tried.map(({ decisionP99 }) => decisionP99) },
  ] as const;
  const x = linearScale(tried.at(-1)?.rate ?? 1);
  const y = latencyScale(lines.flatMap(({ values }) => values));
  return [
    {
      id: 'search',
      title: 'Latency by rate',
      note: `p99 of each rate that was tried${y.kind === 'log' ? '; log scale' : ''}`,
      xs: tried.map(({ rate }) => rate),
      x: {
        at: x.at,
        ticks: x.ticks,
        tick: (rate) => count(rate),
        name: (rate) => `${count(rate)} /s ${byRate.get(rate)?.ok === true ? 'holds' : 'does not hold'}`,
      },
      y,
      yTick: latency,
      yText: latency,
      lines,
    },
  ];
}

/** Every rate that was tried, in the order of trying, and why it did not hold. Nothing of other runs. */
export function searchTable({ probes = [] }: RunResult): Markup {
  if (probes.length === 0) return NOTHING;
  return html`<div class="card"><h3>Rates that were tried</h3><p class="note">in their order; one that does not hold is tried once more</p>
<div class="scroll"><table class="compact"><thead><tr><th scope="col" class="n">rate /s</th><th scope="col" class="n">accepted /s</th><th scope="col" class="n">durable p99</th><th scope="col" class="n">decision p99</th><th scope="col">state</th><th scope="col">why</th></tr></thead><tbody>
${probes.map(probeRow)}</tbody></table></div></div>
`;
}

function probeRow({ rate, acceptedPerSecond, ackP99, decisionP99, ok, because }: Probe): Markup {
  return html`<tr><th scope="row" class="n">${count(rate)}</th><td class="n">${count(acceptedPerSecond)}</td><td class="n">${latency(ackP99)}</td><td class="n">${latency(decisionP99)}</td><td class="${ok ? 'good' : 'bad'}">${ok ? '✓ holds' : '✗ fails'}</td><td><bdi>${because.join('; ')}</bdi></td></tr>
`;
}
