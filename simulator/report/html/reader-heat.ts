import { html, type Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { count, latency } from '@swipegate/terminal/figures';
import type { ReaderResult } from '../result/run-result.js';

const MOST_CELLS = 600;
const LEVELS = 7;
const CELL = 16;
const LARGEST_CELL = 30;
const MIN_COLUMNS = 12;
const MOST_COLUMNS = 40;
const FULL_WIDTH = 552;

/** Measures that a cell's colour can show. */
const MEASURES: readonly { key: string; name: string; of(cell: Cell): number | null; text(value: number): string }[] = [
  { key: 'l', name: 'durable p99', of: ({ ackP99 }) => ackP99, text: latency },
  { key: 's', name: 'swipes', of: ({ swipes }) => swipes, text: (value) => count(Math.round(value)) },
  {
    key: 'd',
    name: 'denied, share',
    of: ({ swipes, denied }) => (swipes === 0 ? null : denied / swipes),
    text: percent,
  },
  { key: 'e', name: 'errors', of: ({ errors }) => errors, text: (value) => count(Math.round(value)) },
];

/** One or more readers, adjacent in the order of their names. */
interface Cell {
  name: string;
  swipes: number;
  denied: number;
  errors: number;
  /** Worst p99 of the cell's readers, ms. */
  ackP99: number | null;
}

interface HeatOf {
  /** Unique on the page. */
  id: string;
  title: string;
  readers: readonly ReaderResult[];
}

/** Heat map of each run's readers, on one scale. Above 600 readers a cell is a group. Radio buttons choose the measure. */
export function readerHeat(maps: readonly HeatOf[]): Markup[] {
  const drawn = maps.flatMap((map) => (map.readers.length === 0 ? [] : [{ ...map, cells: cellsOf(map.readers) }]));
  const all = drawn.flatMap(({ cells }) => cells);
  const most = MEASURES.map(({ of }) => all.reduce((most, cell) => Math.max(most, of(cell) ?? 0), 0));
  return drawn.map((map) => heatMap(map, most));
}

function heatMap({ id, title, readers, cells }: HeatOf & { cells: readonly Cell[] }, most: readonly number[]): Markup {
  const columns = Math.min(MOST_COLUMNS, Math.max(MIN_COLUMNS, Math.ceil(Math.sqrt(cells.length * 2.5))));
  const rows = Math.ceil(cells.length / columns);
  const each = Math.ceil(readers.length / cells.length);
  const grouped = each === 1 ? '' : `; a cell is up to ${each} readers with adjacent names, and shows their worst p99`;
  const choices = MEASURES.map(
    ({ key, name }, i) =>
      html`<label><input type="radio" name="heat-${id}" value="${key}"${i === 0 ? html` checked` : NOTHING}> ${name}</label>`,
  );
  return html`<figure class="heat card" data-heat="${id}">
<figcaption><h3>${title}</h3><p class="note">${count(readers.length)} readers${grouped}</p></figcaption>
<fieldset><legend>colour by</legend>${choices}</fieldset>
<div class="scroll"><svg viewBox="0 0 ${columns * CELL} ${rows * CELL}" width="${columns * Math.min(LARGEST_CELL, Math.floor(FULL_WIDTH / columns))}" role="img" tabindex="0" aria-label="${title}, ${count(cells.length)} cells. Use the arrow keys to read values." data-columns="${columns}">
${cells.map((cell, i) => rect(cell, i % columns, Math.floor(i / columns), most))}
</svg></div>
<div class="scales">${MEASURES.map(({ key, text }, i) => heatScale(key, text(0), text(most[i] ?? 0)))}</div>
<output class="at" aria-live="polite"></output>
</figure>
`;
}

function cellsOf(readers: readonly ReaderResult[]): Cell[] {
  const names = new Intl.Collator('en', { numeric: true });
  const ordered = readers.toSorted((a, b) => names.compare(a.readerId, b.readerId));
  const each = Math.ceil(ordered.length / MOST_CELLS);
  return Array.from({ length: Math.ceil(ordered.length / each) }, (_, i) => {
    const group = ordered.slice(i * each, (i + 1) * each);
    const [first, last] = [shortName(group[0]?.readerId ?? ''), shortName(group.at(-1)?.readerId ?? '')];
    const measured = group.flatMap(({ ackP99 }) => (ackP99 === null ? [] : [ackP99]));
    return {
      name: group.length === 1 ? first : `${first} … ${last}`,
      swipes: group.reduce((sum, { swipes }) => sum + swipes, 0),
      denied: group.reduce((sum, { denied }) => sum + denied, 0),
      errors: group.reduce((sum, { errors }) => sum + errors, 0),
      ackP99: measured.length === 0 ? null : Math.max(...measured),
    };
  });
}

function rect(cell: Cell, column: number, row: number, most: readonly number[]): Markup {
  const levels = MEASURES.map(({ key, of }, i) => `${key}${level(of(cell), most[i] ?? 0)}`).join(' ');
  const { name, swipes, denied, errors, ackP99 } = cell;
  const title = `${name}: ${count(swipes)} swipes, ${count(denied)} denied, ${count(errors)} errors, durable p99 ${latency(ackP99)}`;
  return html`<rect class="${levels}" x="${column * CELL + 1}" y="${row * CELL + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="2"><title>${title}</title></rect>`;
}

/** Colour level: 0 for 0, then equal steps up to the maximum; a dash if not measured. */
function level(value: number | null, most: number): string {
  if (value === null) return '-';
  if (value <= 0 || most <= 0) return '0';
  return String(Math.min(LEVELS - 1, 1 + Math.floor((value / most) * (LEVELS - 1) * 0.9999)));
}

function heatScale(key: string, least: string, most: string): Markup {
  const step = (_: unknown, i: number) => html`<rect class="l${i}" x="${i * 18}" width="17" height="10"/>`;
  const steps = Array.from({ length: LEVELS }, step);
  return html`<span class="scale by-${key}">${least} <svg viewBox="0 0 126 10" width="126" height="10" aria-hidden="true">${steps}</svg> ${most}</span>`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
