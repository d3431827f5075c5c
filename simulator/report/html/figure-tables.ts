import { html, type Markup } from '@swipegate/page/markup';
import { count, latency, ratio } from '@swipegate/terminal/figures';
import { comparedFigures, figureText, verdictOf } from '../result/comparison.js';
import type { LatencyResult, RunResult } from '../result/run-result.js';

/** Table of all percentiles of a run, from due and from send. */
export function latencyTable({ ack, decision }: RunResult): Markup {
  const rows: [name: string, from: string, latency: LatencyResult][] = [
    ['swipe to durable', 'from due', ack.fromDue],
    ['swipe to durable', 'from send', ack.fromSend],
    ['swipe to decision', 'from due', decision.fromDue],
    ['swipe to decision', 'from send', decision.fromSend],
  ];
  const heads = ['swipes', 'min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];
  return html`<div class="card"><h3>Latencies</h3><p class="note">“from due” includes the time a swipe waited to be sent, as a person at the door experiences it</p><div class="scroll"><table><thead><tr><th scope="col">latency</th>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead><tbody>
${rows.map(([name, from, of]) => {
  const values = [of.min, of.mean, of.p50, of.p90, of.p95, of.p99, of.p999, of.max];
  return html`<tr><th scope="row">${name} <span class="soft">${from}</span></th><td class="n">${count(of.count)}</td>${values.map((value) => html`<td class="n">${latency(value)}</td>`)}</tr>\n`;
})}</tbody></table></div></div>
`;
}

/** Table of the figures of two runs, with B as a multiple of A. */
export function comparisonTable(a: RunResult, b: RunResult): Markup {
  const rows = comparedFigures(a, b).map((figure) => {
    const verdict = verdictOf(figure);
    const mark = { better: '▲ better', worse: '▼ worse', alike: '' }[verdict];
    return html`<tr><th scope="row">${figure.name}</th><td class="n">${figureText(figure.a, figure.unit)}</td><td class="n">${figureText(figure.b, figure.unit)}</td><td class="n">${ratio(figure.a, figure.b)}</td><td class="${VERDICT_LOOKS[verdict]}">${mark}</td></tr>\n`;
  });
  return html`<div class="card"><h3>A against B</h3><p class="note">marked if they differ by more than 10 %</p><div class="scroll"><table><thead><tr><th scope="col">figure</th><th scope="col" class="n">A</th><th scope="col" class="n">B</th><th scope="col" class="n">B/A</th><th scope="col"><span class="unseen">verdict</span></th></tr></thead><tbody>
${rows}</tbody></table></div></div>
`;
}

const VERDICT_LOOKS = { better: 'good', worse: 'bad', alike: '' } as const;
