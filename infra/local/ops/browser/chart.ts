import { type ChartLine, chartLines, lineValues, stacked } from './chart-lines.js';
import { element, say } from './element.js';
import type { FigureHistory } from './figure-history.js';
import { figureText, timeText } from './figure-text.js';
import type { PageWidget } from './page-data.js';
import uPlot from './vendor/uplot.js';

const HEIGHT = 190;
const AXIS_WIDTH = 74;
/** A chart shows its limit once its values exceed this share of it. */
const NEAR_LIMIT = 0.5;
const COLOURS = 8;
/** Tick distances of an axis in bytes; decimal ones would give marks such as 9.8 KiB. */
const POWERS_OF_2 = Array.from({ length: 50 }, (_, i) => 2 ** i);
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

/** Widget with lines or areas over time. All charts of a page share a cursor. */
export class Chart {
  readonly element: HTMLElement;
  readonly #widget: PageWidget;
  readonly #history: FigureHistory;
  readonly #canvas = element('div', { class: 'plot', tabindex: '0', role: 'group', 'aria-roledescription': 'chart' });
  readonly #legend = element('ul', { class: 'legend' });
  readonly #spoken = element('p', { class: 'unseen', 'aria-live': 'polite' });
  #plot: uPlot | undefined;
  #lines: ChartLine[] = [];
  #values: HTMLElement[] = [];
  #from = 0;
  #rangeMs = 60_000;

  constructor(widget: PageWidget, history: FigureHistory, moveCursors: (toIndex: number | undefined) => void) {
    this.#widget = widget;
    this.#history = history;
    const { id, title, unit, limit, series } = widget;
    const limited = limit === undefined ? '' : `${limit.title}: ${figureText(limit.at, unit)}`;
    const missing = series.flatMap((each) => (each.nowhere === undefined ? [] : [`${each.title}: ${each.nowhere}`]));
    const notes = [limited, ...missing].filter((note) => note !== '');
    this.#canvas.setAttribute('aria-label', `${title}, ${unit}. Use the arrow keys to hear its values.`);
    this.element = element(
      'section',
      { class: 'card', 'data-widget': id },
      element('h3', {}, title, ' ', element('span', { class: 'soft' }, unit)),
      this.#canvas,
      this.#legend,
      ...notes.map((note) => element('p', { class: 'note' }, note)),
      this.#spoken,
    );
    this.#canvas.addEventListener('keydown', (event) => {
      const to = this.#target(event);
      if (to === 'none') return;
      event.preventDefault();
      moveCursors(to);
      this.#speak(to);
    });
    this.#canvas.addEventListener('blur', () => moveCursors(undefined));
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#canvas);
  }

  draw(rangeMs: number): void {
    this.#rangeMs = rangeMs;
    this.#from = this.#history.from(rangeMs);
    const lines = chartLines(this.#widget, this.#history);
    if (this.#plot === undefined || JSON.stringify(lines) !== JSON.stringify(this.#lines)) {
      this.#lines = lines;
      this.#build();
    } else {
      this.#plot.setData(this.#data());
    }
    this.#readOut();
  }

  /** Rebuilds the chart after a change of theme, which sets its colours. */
  redraw(): void {
    this.#build();
    this.#readOut();
  }

  /** @param toIndex index of a drawn moment; undefined hides the cursor */
  moveCursor(toIndex: number | undefined): void {
    const at = toIndex === undefined ? undefined : this.#plot?.data[0][toIndex];
    const left = at === undefined ? -10 : (this.#plot?.valToPos(at, 'x') ?? -10);
    this.#plot?.setCursor({ left, top: left < 0 ? -10 : 10 });
  }

  #target({ key, shiftKey }: KeyboardEvent): number | undefined | 'none' {
    const last = (this.#plot?.data[0].length ?? 0) - 1;
    const here = this.#plot?.cursor.idx ?? last + 1;
    const step = shiftKey ? 10 : 1;
    if (key === 'Escape') return undefined;
    if (last < 0) return 'none';
    if (key === 'ArrowLeft') return Math.max(0, Math.min(last, here - step));
    if (key === 'ArrowRight') return Math.max(0, Math.min(last, here + step));
    if (key === 'Home') return 0;
    return key === 'End' ? last : 'none';
  }

  #build(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data(), this.#canvas);
    this.#values = this.#lines.map(() => element('b'));
    this.#legend.replaceChildren(
      ...this.#lines.map(({ title }, i) =>
        element('li', {}, element('i', { class: `swatch c${i % COLOURS}` }), `${title} `, this.#values[i] ?? ''),
      ),
    );
  }

  #columns(): (number | null)[][] {
    return this.#lines.map((line) => lineValues(line, this.#history, this.#from));
  }

  #data(): uPlot.AlignedData {
    const seconds = this.#history.times(this.#from).map((atMs) => atMs / 1_000);
    const columns = this.#columns();
    // The top area first: the areas below it are drawn over it.
    return [seconds, ...(this.#isStacked() ? stacked(columns).reverse() : columns)];
  }

  #isStacked(): boolean {
    return this.#widget.kind === 'areas';
  }

  #readOut(): void {
    const index = this.#plot?.cursor.idx ?? undefined;
    this.#columns().forEach((column, i) => {
      const value = index === undefined ? column.at(-1) : column[index];
      const where = this.#values[i];
      if (where) say(where, figureText(value, this.#widget.unit));
    });
  }

  #speak(index: number | undefined): void {
    const atMs = index === undefined ? undefined : this.#history.times(this.#from)[index];
    const values = this.#lines.map(({ title }, i) => `${title} ${this.#values[i]?.textContent ?? ''}`);
    say(this.#spoken, atMs === undefined ? '' : `${timeText(atMs)}: ${values.join(', ')}`);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#canvas.clientWidth), height: HEIGHT };
  }

  #options(): uPlot.Options {
    const { unit, limit } = this.#widget;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour('soft'), grid: { stroke: colour('grid'), width: 1 }, ticks: { show: false } };
    const line = (i: number): uPlot.Series => {
      const stroke = colour(`c${i % COLOURS}`);
      const dash = DASHES[Math.floor(i / COLOURS) % DASHES.length] ?? [];
      const style = this.#isStacked() ? { fill: stroke, width: 0 } : { width: 1.75 };
      return { stroke, dash, points: { show: false }, ...style };
    };
    const series = this.#lines.map((_, i) => line(i));
    return {
      ...this.#size(),
      series: [{}, ...(this.#isStacked() ? series.reverse() : series)],
      legend: { show: false },
      cursor: { y: false, sync: { key: 'ops' }, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { range: () => this.#timeRange() },
        y: { range: (_, __, highest) => [0, this.#top(highest)] },
      },
      axes: [
        { ...axis, size: 30, space: 56, values: (_, splits) => splits.map((at) => this.#tick(at * 1_000)) },
        {
          ...axis,
          size: AXIS_WIDTH,
          space: 36,
          values: (_, splits) => splits.map((value) => figureText(value, unit)),
          ...(unit.startsWith('bytes') ? { incrs: POWERS_OF_2 } : {}),
        },
      ],
      hooks: {
        setCursor: [() => this.#readOut()],
        draw: limit === undefined ? [] : [(plot) => drawLimit(plot, limit.at, colour('bad'))],
      },
    };
  }

  #tick(atMs: number): string {
    const text = timeText(atMs);
    return text.endsWith(':00') ? text.slice(0, -3) : text;
  }

  /** Always the full range, even without that much data: otherwise a line that just began would look old. */
  #timeRange(): [number, number] {
    const last = (this.#history.times(this.#from).at(-1) ?? Date.now()) / 1_000;
    return [last - this.#rangeMs / 1_000, last];
  }

  #top(highest: number | null): number {
    const { unit, limit } = this.#widget;
    if (unit === 'percent') return 100;
    const top = highest === null || highest <= 0 ? 1 : highest * 1.1;
    return limit !== undefined && top > limit.at * NEAR_LIMIT ? Math.max(top, limit.at * 1.1) : top;
  }
}

function drawLimit({ ctx, bbox, valToPos, scales }: uPlot, at: number, colour: string): void {
  if (at > (scales['y']?.max ?? 0)) return;
  const y = Math.round(valToPos(at, 'y', true));
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([8, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
