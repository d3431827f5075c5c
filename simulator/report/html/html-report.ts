import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { html, jsonForScript, Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { writeText } from '../output-files.js';
import type { RunResult } from '../result/run-result.js';
import { type LineChart, lineChart, readingsOf } from './line-chart.js';
import { comparedPercentileCurves, percentileCurves } from './percentile-curve.js';
import { readerHeat } from './reader-heat.js';
import { searchCharts } from './search-charts.js';
import { STYLE } from './style.js';
import {
  attackTable,
  comparisonTable,
  latencyTable,
  outcomeTable,
  problemTable,
  searchTable,
  thresholdTable,
  worstReaders,
} from './tables.js';
import { comparedTimeCharts, timeCharts } from './time-charts.js';
import { stateOf, verdict } from './verdict.js';

export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code = 'REPORT_RESULTS';
}

/**
 * Writes one self-contained HTML file of bounded size: the report of one run, or the comparison of two (the first is A).
 * Charts are SVG, not canvas: they need no script, are sharp in print, and tests and screen readers can read them.
 * @throws {ReportError} REPORT_RESULTS; @throws {OutputFileError} OUTPUT_FILE_UNWRITABLE
 */
export async function writeHtmlReport(results: readonly RunResult[], file: string): Promise<void> {
  await writeText(file, await htmlReport(results));
}

/** Returns the report as text. @throws {ReportError} REPORT_RESULTS: not one or two results */
export async function htmlReport(results: readonly RunResult[]): Promise<string> {
  const [a, b, ...more] = results;
  if (a === undefined || more.length > 0) {
    throw new ReportError(
      `A report shows one run or compares two, but ${results.length} were given: name one or two files.`,
    );
  }
  const script = await readFile(new URL(import.meta.resolve('@swipegate/page/browser/read-out')), 'utf8');
  return b === undefined ? runPage(a, script) : comparisonPage(a, b, script);
}

function runPage(result: RunResult, script: string): string {
  const search = searchCharts(result);
  const load = [...timeCharts(result), ...percentileCurves(result)];
  const charts = [...search, ...load];
  const body = html`${verdict(result, '')}
<div class="stack after">${thresholdTable([result])}</div>
${
  search.length === 0
    ? NOTHING
    : html`<h2>Search for the highest rate</h2>
<div class="grid2">${search.map(lineChart)}</div>
<div class="stack after">${searchTable(result)}</div>`
}
<h2>Load and latency</h2>
<div class="grid2">${load.map(lineChart)}</div>
<div class="stack after">${latencyTable(result)}</div>
<h2>Decisions</h2>
<div class="grid2">${outcomeTable([result])}<div class="stack">${problemTable([result])}${attackTable(result)}</div></div>
${result.perReader.length === 0 ? NOTHING : html`<h2>Readers</h2>`}
<div class="grid2">${readerHeat([{ id: 'run', title: 'Heat by reader', readers: result.perReader }])}${worstReaders(result.perReader)}</div>
`;
  const title = shortName(result.scenario);
  return page({ title, tab: `${stateOf(result).state}: ${title}`, body, charts, script });
}

function comparisonPage(a: RunResult, b: RunResult, script: string): string {
  const charts = [...comparedTimeCharts(a, b), ...comparedPercentileCurves(a, b)];
  const body = html`${verdict(a, 'A')}${verdict(b, 'B')}
<h2>Figures</h2>
<div class="grid2">${comparisonTable(a, b)}<div class="stack">${thresholdTable([a, b])}${outcomeTable([a, b])}${problemTable([a, b])}</div></div>
<h2>Load and latency</h2>
<div class="grid2">${charts.map(lineChart)}</div>
${a.perReader.length + b.perReader.length === 0 ? NOTHING : html`<h2>Readers</h2>`}
<div class="grid2">${readerHeat([
    { id: 'a', title: 'Heat by reader, A', readers: a.perReader },
    { id: 'b', title: 'Heat by reader, B', readers: b.perReader },
  ])}</div>
`;
  const [nameA, nameB] = [shortName(a.scenario), shortName(b.scenario)];
  const title = nameA === nameB ? `${nameA}: A against B` : `${nameA} against ${nameB}`;
  return page({ title, tab: title, body, charts, script });
}

interface Page extends Record<'title' | 'tab' | 'script', string> {
  body: Markup;
  charts: readonly LineChart[];
}

/** Self-contained document. Its content security policy allows only its own script and style, and loads nothing. */
function page({ title, tab, body, charts, script }: Page): string {
  const code = script.replaceAll('</script', '<\\/script');
  const policy = [
    "default-src 'none'",
    `style-src '${hash(STYLE)}'`,
    `script-src '${hash(code)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${tab}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><p>Swipegate simulator report</p><h1><bdi>${title}</bdi></h1></header>
<main>${body}</main>
<footer>Made by swipegate-sim. This file is self-contained and loads nothing. Charts: hover, or focus one and use the arrow keys (Shift for ten steps, Home, End, Escape). Click an entry of the legend to hide its line.</footer>
<script type="application/json" id="readings">${jsonForScript(charts.map(readingsOf))}</script>
<script type="module">${new Markup(code)}</script>
</body>
</html>
`.text;
}

function hash(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
