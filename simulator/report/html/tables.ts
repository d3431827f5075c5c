import { html, type Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { count, latency, ratio, sum, threeDigits } from '@swipegate/terminal/figures';
import { comparedFigures, figureText, verdictOf } from '../result/comparison.js';
import type { LatencyResult, ReaderResult, RunResult } from '../result/run-result.js';

const MOST_ROWS = 40;
const WORST = 8;

/** Card with a table. A `compact` one is as narrow as its content; `bars` breaks long names. */
function table(
  [title, note]: readonly [title: string, note: string],
  look: 'compact' | 'bars' | '',
  heads: readonly Markup[],
  rows: readonly Markup[],
  foot = NOTHING,
): Markup {
  return html`<div class="card"><h3>${title}</h3><p class="note">${note}</p>
<div class="scroll"><table class="${look}"><thead><tr>${heads}</tr></thead><tbody>
${rows}</tbody></table></div>${foot}</div>
`;
}

const textHead = (name: string) => html`<th scope="col">${name}</th>`;
const numberHead = (name: string) => html`<th scope="col" class="n">${name}</th>`;
/** Head that only screen readers show. */
const hiddenHead = (name: string) => html`<th scope="col"><span class="unseen">${name}</span></th>`;
const numberCell = (text: string) => html`<td class="n">${text}</td>`;
const markCell = (ok: boolean, good: string, bad: string) =>
  html`<td class="${ok ? 'good' : 'bad'}">${ok ? `✓ ${good}` : `✗ ${bad}`}</td>`;
const row = (name: string, cells: readonly Markup[]) =>
  html`<tr><th scope="row"><bdi>${name}</bdi></th>${cells}</tr>\n`;

/** Thresholds with the measured values of one or two runs. */
export function thresholdTable(results: readonly RunResult[]): Markup {
  const expressions = new Set(results.flatMap(({ thresholds }) => thresholds.map(({ expression }) => expression)));
  if (expressions.size === 0) return NOTHING;
  const measured = results.length === 1 ? ['measured'] : ['A', 'B'];
  return table(
    ['Thresholds', 'limits for this run'],
    'compact',
    [textHead('threshold'), ...measured.flatMap((name) => [numberHead(name), hiddenHead('state')])],
    Array.from(expressions, (expression) => {
      const isTime = /\d\s*(ms|s)\s*$/.test(expression);
      const cells = results.flatMap(({ thresholds }) => {
        const found = thresholds.find((threshold) => threshold.expression === expression);
        if (found === undefined) return [numberCell('–'), html`<td></td>`];
        const { actual, ok } = found;
        const text = actual === null ? '–' : isTime ? latency(actual) : threeDigits(actual);
        return [numberCell(text), markCell(ok, 'met', 'not met')];
      });
      return html`<tr><th scope="row"><code>${expression}</code></th>${cells}</tr>\n`;
    }),
  );
}

/** All tried rates, in order, and why each failed. Empty for runs without a search. */
export function searchTable({ probes = [] }: RunResult): Markup {
  if (probes.length === 0) return NOTHING;
  return table(
    ['Tried rates', 'in order; a rate that fails is tried once more'],
    'compact',
    [...['rate /s', 'accepted /s', 'durable p99', 'decision p99'].map(numberHead), ...['state', 'why'].map(textHead)],
    probes.map(({ rate, acceptedPerSecond, ackP99, decisionP99, ok, because }) => {
      const cells = [count(acceptedPerSecond), latency(ackP99), latency(decisionP99)].map(numberCell);
      return html`<tr><th scope="row" class="n">${count(rate)}</th>${cells}${markCell(ok, 'holds', 'fails')}<td><bdi>${because.join('; ')}</bdi></td></tr>\n`;
    }),
  );
}

/** All percentiles of a run, from due and from send. */
export function latencyTable({ ack, decision }: RunResult): Markup {
  const latencyRow = (name: string, from: string, of: LatencyResult) => {
    const values = [of.min, of.mean, of.p50, of.p90, of.p95, of.p99, of.p999, of.max].map(latency);
    return html`<tr><th scope="row">${name} <span class="soft">${from}</span></th>${[count(of.count), ...values].map(numberCell)}</tr>\n`;
  };
  return table(
    ['Latencies', '“from due” includes the time a swipe waited to be sent, as a person at the door experiences it'],
    '',
    [textHead('latency'), ...['swipes', 'min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'].map(numberHead)],
    [
      latencyRow('swipe to durable', 'from due', ack.fromDue),
      latencyRow('swipe to durable', 'from send', ack.fromSend),
      latencyRow('swipe to decision', 'from due', decision.fromDue),
      latencyRow('swipe to decision', 'from send', decision.fromSend),
    ],
  );
}

/** The figures of two runs, with B as a multiple of A. */
export function comparisonTable(a: RunResult, b: RunResult): Markup {
  const marks = {
    better: html`<td class="good">▲ better</td>`,
    worse: html`<td class="bad">▼ worse</td>`,
    alike: html`<td></td>`,
  };
  return table(
    ['A against B', 'marked if they differ by more than 10 %'],
    '',
    [textHead('figure'), ...['A', 'B', 'B/A'].map(numberHead), hiddenHead('verdict')],
    comparedFigures(a, b).map((figure) => {
      const texts = [figureText(figure.a, figure.unit), figureText(figure.b, figure.unit), ratio(figure.a, figure.b)];
      return row(figure.name, [...texts.map(numberCell), marks[verdictOf(figure)]]);
    }),
  );
}

/** Hostile posts by kind and the number repelled; empty if there were none. */
export function attackTable({ attacks = {} }: RunResult): Markup {
  const kinds = Object.entries(attacks).sort(([a], [b]) => (a < b ? -1 : 1));
  if (kinds.length === 0) return NOTHING;
  return table(
    ['Hostile posts', 'posts that the gateway must reject or, if replayed, answer like the original'],
    'compact',
    [textHead('kind'), ...['sent', 'repelled'].map(numberHead), hiddenHead('state')],
    kinds.map(([kind, { sent, repelled }]) => {
      const cells = [count(sent), count(repelled)].map(numberCell);
      return row(shortName(kind), [...cells, markCell(sent === repelled, 'all', 'not all')]);
    }),
  );
}

/** Readers to check first: those with errors, then the slowest. */
export function worstReaders(readers: readonly ReaderResult[]): Markup {
  if (readers.length === 0) return NOTHING;
  const worst = readers.toSorted((a, b) => b.errors - a.errors || (b.ackP99 ?? 0) - (a.ackP99 ?? 0)).slice(0, WORST);
  return table(
    ['Readers to check first', 'those with errors, then the slowest'],
    '',
    [textHead('reader'), ...['swipes', 'denied', 'errors', 'durable p99'].map(numberHead)],
    worst.map(({ readerId, swipes, denied, errors, ackP99 }) =>
      row(shortName(readerId), [count(swipes), count(denied), count(errors), latency(ackP99)].map(numberCell)),
    ),
  );
}

interface Bar {
  outcome: string;
  reason: string;
  /** One count per run. */
  counts: number[];
}

/** Decisions by reason, with one bar per run. */
export function outcomeTable(results: readonly RunResult[]): Markup {
  const bars = (['granted', 'denied', 'recorded'] as const).flatMap((outcome) => {
    const counts = results.map(({ outcomes }) => outcomes[outcome]);
    return barsOf(outcome, counts);
  });
  const totals = results.map(({ outcomes }) => sum(outcomes.granted) + sum(outcomes.denied) + sum(outcomes.recorded));
  const title = 'Outcomes by reason';
  if (bars.length === 0) return html`<div class="card"><h3>${title}</h3><p class="note">no decisions</p></div>\n`;
  return barTable(title, 'decisions, and their share of all', bars, totals);
}

/** Answers other than success; empty if there were none. */
export function problemTable(results: readonly RunResult[]): Markup {
  const counts = results.map(({ problems }) => problems);
  const bars = barsOf('problem', counts);
  if (bars.length === 0) return NOTHING;
  const totals = counts.map(sum);
  return barTable('Answers other than success', 'by problem code or error, retries included', bars, totals);
}

function barsOf(outcome: string, counts: readonly Readonly<Record<string, number>>[]): Bar[] {
  const reasons = Array.from(new Set(counts.flatMap((of) => Object.keys(of))));
  const of = counts.map((count) => new Map(Object.entries(count)));
  return reasons
    .map((reason) => ({ outcome, reason, counts: of.map((count) => count.get(reason) ?? 0) }))
    .sort((a, b) => Math.max(...b.counts) - Math.max(...a.counts));
}

function barTable(title: string, note: string, bars: readonly Bar[], totals: readonly number[]): Markup {
  const more = bars.length - MOST_ROWS;
  return table(
    [title, note],
    'bars',
    [
      textHead('reason'),
      ...(totals.length === 1 ? ['count', 'share'] : ['A', 'B']).map(numberHead),
      html`<th scope="col" class="wide"><span class="unseen">bar</span></th>`,
    ],
    bars.slice(0, MOST_ROWS).map((bar) => barRow(bar, totals)),
    more > 0 ? html`<p class="note">and ${count(more)} more</p>` : NOTHING,
  );
}

function barRow({ outcome, reason, counts }: Bar, totals: readonly number[]): Markup {
  const isSingle = counts.length === 1;
  const shares = counts.map((n, i) => (totals[i] ? n / totals[i] : 0));
  const isSaid = outcome === 'problem' || reason.startsWith(outcome);
  const bars = shares.map(
    (share, i) =>
      html`<rect class="bar ${isSingle ? outcome : ('ab'[i] ?? '')}" x="0" y="${i * 10 + 2}" height="8" width="${Math.max(0.4, 100 * share).toFixed(2)}%" rx="1"/>`,
  );
  return row(isSaid ? shortName(reason) : `${outcome}: ${shortName(reason)}`, [
    ...[...counts.map((n) => count(n)), ...(isSingle ? shares.map(shareText) : [])].map(numberCell),
    html`<td class="wide"><svg width="100%" height="${counts.length * 10 + 2}" aria-hidden="true">${bars}</svg></td>`,
  ]);
}

/** Formats a share; one above 0 is never shown as 0. */
function shareText(share: number): string {
  return share > 0 && share < 0.0005 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`;
}
