import { element, say } from './element.js';
import type { FigureHistory } from './figure-history.js';
import { figureText } from './figure-text.js';
import type { PageWidget } from './page-data.js';

/** Widget that shows its latest values in large type. */
export class FiguresWidget {
  readonly element: HTMLElement;
  readonly #widget: PageWidget;
  readonly #history: FigureHistory;
  readonly #values: HTMLElement[];

  constructor(widget: PageWidget, history: FigureHistory) {
    this.#widget = widget;
    this.#history = history;
    this.#values = widget.series.map(() => element('dd', { class: 'figure' }, '–'));
    this.element = element(
      'section',
      { class: 'card', 'data-widget': widget.id },
      element('h3', {}, widget.title),
      element(
        'dl',
        { class: 'figures' },
        ...widget.series.map(({ title }, i) => element('div', {}, element('dt', {}, title), this.#values[i] ?? '')),
      ),
    );
  }

  draw(): void {
    const { id, unit, series } = this.#widget;
    series.forEach((each, i) => {
      const where = this.#values[i];
      if (where) say(where, figureText(this.#history.latest(`${id}/${each.id}`), unit));
    });
  }
}
