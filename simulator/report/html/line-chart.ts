import { html, type Markup, NOTHING } from '@swipegate/page/markup';
import type { Scale } from './scale.js';

/** Class of a line in the style sheet. */
type LineLook = 'due' | 'errors' | 'decision-thin' | `${'ack' | 'decision' | 'a' | 'b'}${'' | '-faint'}`;

export interface Line {
  name: string;
  look: LineLook;
  /** One value for each of the chart's `xs`; null is a gap. */
  values: readonly (number | null)[];
}

export interface LineChart {
  /** Unique on the page. */
  id: string;
  title: string;
  note: string;
  xs: readonly number[];
  x: { at(value: number): number; ticks: readonly number[]; tick(value: number): string; name(value: number): string };
  y: Scale;
  yTick(value: number): string;
  yText(value: number): string;
  lines: readonly Line[];
  /** Part of the x axis outside the measurement, e.g. the warm-up. */
  shaded?: { from: number; to: number; name: string };
  /** Signs above the chart, by x value. */
  marks?: readonly { x: number; look: 'good' | 'bad'; sign: string; name: string }[];
}

const WIDTH = 640;
const HEIGHT = 250;
const LEFT = 62;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 30;

const across = (share: number) => round(LEFT + share * (WIDTH - LEFT - RIGHT));
const up = (share: number) => round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
const round = (place: number) => Math.round(place * 10) / 10;

/** Draws a chart as SVG. It is complete without the script, which adds only the cursor and the legend's switches. */
export function lineChart(chart: LineChart): Markup {
  const { id, title, note, lines } = chart;
  const isEmpty = lines.every(({ values }) => values.every((value) => value === null));
  return html`<figure class="chart card" data-chart="${id}">
<figcaption><h3>${title}</h3><output class="at" aria-live="polite"></output><p class="note">${note}</p></figcaption>
<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" tabindex="0" aria-label="${spoken(chart)}">
${shade(chart)}${yAxis(chart)}${xAxis(chart)}${signs(chart)}
${lines.map((line, i) => html`<path class="line ${line.look}" data-line="${i}" d="${path(chart, line)}"/>\n`)}
${isEmpty ? html`<text class="nothing" x="${across(0.5)}" y="${up(0.5)}" text-anchor="middle">no data</text>` : NOTHING}
<g class="cursor" visibility="hidden"><line y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>${lines.map(({ look }) => html`<circle class="dot ${look}" r="3.5"/>`)}</g>
</svg></div>
<div class="legend">${lines.map(legendButton)}</div>
</figure>
`;
}

/** Data for the page's script, its `Readings`: positions in SVG units, and texts. */
export function readingsOf({ id, xs, x, y, yText, lines }: LineChart) {
  return {
    id,
    x: xs.map((value) => across(x.at(value))),
    at: xs.map((value) => x.name(value)),
    lines: lines.map(({ values }) => ({
      y: values.map((value) => (value === null ? null : up(y.at(value)))),
      text: values.map((value) => (value === null ? '–' : yText(value))),
    })),
  };
}

function legendButton({ name, look }: Line, i: number): Markup {
  return html`<button type="button" data-line="${i}" aria-pressed="true"><svg class="swatch" viewBox="0 0 22 8" aria-hidden="true"><path class="line ${look}" d="M1 4H21"/></svg><span>${name}</span> <b></b></button>`;
}

/** Path of a line, with a new stroke after each gap. `h0` shows a single point as a dot: line caps are round. */
function path({ xs, x, y }: LineChart, { values }: Line): string {
  let d = '';
  let isDrawing = false;
  values.forEach((value, i) => {
    const at = xs[i];
    if (value !== null && at !== undefined) {
      d += `${isDrawing ? 'L' : 'M'}${across(x.at(at))} ${up(y.at(value))}`;
      if (!isDrawing) d += 'h0';
    }
    isDrawing = value !== null;
  });
  return d;
}

function yAxis({ y, yTick }: LineChart): Markup {
  return html`${y.ticks.map((tick) => {
    const at = up(y.at(tick));
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="tick" x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${yTick(tick)}</text>`;
  })}`;
}

function xAxis({ x }: LineChart): Markup {
  const base = HEIGHT - BOTTOM;
  const ticks = x.ticks.map((tick) => {
    const at = across(x.at(tick));
    const anchor = at > WIDTH - RIGHT - 20 ? 'end' : 'middle';
    return html`<line class="axis" x1="${at}" x2="${at}" y1="${base}" y2="${base + 5}"/><text class="tick" x="${anchor === 'end' ? WIDTH - RIGHT + 8 : at}" y="${base + 20}" text-anchor="${anchor}">${x.tick(tick)}</text>`;
  });
  return html`<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}"/>${ticks}`;
}

function shade({ shaded, x }: LineChart): Markup {
  if (shaded === undefined) return NOTHING;
  const [from, to] = [across(x.at(shaded.from)), across(x.at(shaded.to))];
  return html`<rect class="shaded" x="${from}" y="${TOP}" width="${round(to - from)}" height="${HEIGHT - TOP - BOTTOM}"><title>${shaded.name}</title></rect>`;
}

function signs({ marks = [], x }: LineChart): Markup {
  return html`${marks.map(
    (mark) =>
      html`<text class="sign ${mark.look}" x="${across(x.at(mark.x))}" y="${TOP - 1}" text-anchor="middle">${mark.sign}<title>${mark.name}</title></text>`,
  )}`;
}

/** Text for screen readers: the maximum of each line. */
function spoken({ title, lines, yText }: LineChart): string {
  const most = lines.map(({ name, values }) => {
    const measured = values.filter((value) => value !== null);
    const greatest = measured.reduce((most, value) => Math.max(most, value), 0);
    return `${name} ${measured.length === 0 ? 'not measured' : `up to ${yText(greatest)}`}`;
  });
  return `${title}: ${most.join(', ')}. Use the arrow keys to read values.`;
}
