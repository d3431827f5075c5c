import { html, type Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { count, sum } from '@swipegate/terminal/figures';
import type { RunResult } from '../result/run-result.js';

const MOST_ROWS = 40;

interface Row {
  outcome: string;
  reason: string;
  /** One count per run. */
  counts: number[];
}

/** Table of decisions by reason, with one bar per run. */
export function outcomeTable(results: readonly RunResult[]): Markup {
  const rows = (['granted', 'denied', 'recorded'] as const).flatMap((outcome) =>
    countRows(
      outcome,
      results.map(({ outcomes }) => outcomes[outcome]),
    ),
  );
  const totals = results.map(({ outcomes }) => sum(outcomes.granted) + sum(outcomes.denied) + sum(outcomes.recorded));
  return barTable('Outcomes by reason', 'decisions, and their share of all', rows, totals);
}

/** Table of answers other than success; empty if there were none. */
export function problemTable(results: readonly RunResult[]): Markup {
  const rows = countRows(
    'problem',
    results.map(({ problems }) => problems),
  );
  if (rows.length === 0) return NOTHING;
  const totals = results.map(({ problems }) => sum(problems));
  return barTable('Answers other than success', 'by problem code or error, retries included', rows, totals);
}

function countRows(outcome: string, counts: readonly Readonly<Record<string, number>>[]): Row[] {
  const reasons = Array.from(new Set(counts.flatMap((of) => Object.keys(of))));
  const of = counts.map((count) => new Map(Object.entries(count)));
  return reasons
    .map((reason) => ({ outcome, reason, counts: of.map((count) => count.get(reason) ?? 0) }))
    .sort((a, b) => Math.max(...b.counts) - Math.max(...a.counts));
}

function barTable(title: string, note: string, rows: readonly Row[], totals: readonly number[]): Markup {
  const hidden = rows.length - MOST_ROWS;
  const heads = totals.length === 1 ? ['count'] : ['A', 'B'];
  if (rows.length === 0) return html`<div class="card"><h3>${title}</h3><p class="note">no decisions</p></div>\n`;
  return html`<div class="card"><h3>${title}</h3><p class="note">${note}</p>
<div class="scroll"><table class="bars"><thead><tr><th scope="col">reason</th>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}${totals.length === 1 ? html`<th scope="col" class="n">share</th>` : NOTHING}<th scope="col" class="wide"><span class="unseen">bar</span></th></tr></thead><tbody>
${rows.slice(0, MOST_ROWS).map((row) => tableRow(row, totals))}</tbody></table></div>
${hidden > 0 ? html`<p class="note">and ${count(hidden)} more</p>` : NOTHING}</div>
`;
}

function tableRow({ outcome, reason, counts }: Row, totals: readonly number[]): Markup {
  const share = (i: number) => (totals[i] ? (counts[i] ?? 0) / totals[i] : 0);
  const isSaid = outcome === 'problem' || reason.startsWith(outcome);
  const name = isSaid ? shortName(reason) : `${outcome}: ${shortName(reason)}`;
  const height = counts.length * 10 + 2;
  return html`<tr><th scope="row"><bdi>${name}</bdi></th>${counts.map((n, i) => html`<td class="n">${count(n)}</td>${counts.length === 1 ? html`<td class="n">${shareText(share(i))}</td>` : NOTHING}`)}<td class="wide"><svg width="100%" height="${height}" aria-hidden="true">${counts.map(
    (_, i) =>
      html`<rect class="bar ${counts.length === 1 ? outcome : ('ab'[i] ?? '')}" x="0" y="${i * 10 + 2}" height="8" width="${Math.max(0.4, 100 * share(i)).toFixed(2)}%" rx="1"/>`,
  )}</svg></td></tr>
`;
}

/** Formats a share; one above 0 is never shown as 0. */
function shareText(share: number): string {
  return share > 0 && share < 0.0005 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`;
}
