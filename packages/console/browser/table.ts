import { type Child, element, fill } from './element.js';

/** A column. The first column's cells are row headers. */
export interface Column<Row> {
  title: string;
  cell(row: Row): Child;
}

/** A table that scrolls sideways in a narrow window, also with the keyboard. */
export class Table<Row> {
  readonly element: HTMLElement;
  readonly #columns: readonly Column<Row>[];
  readonly #body = element('tbody');
  readonly #empty: string;

  /** @param empty text shown without rows */
  constructor(caption: string, columns: readonly Column<Row>[], empty: string) {
    this.#columns = columns;
    this.#empty = empty;
    const head = columns.map(({ title }) => element('th', { scope: 'col' }, title));
    this.element = element(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' },
      element(
        'table',
        {},
        element('caption', { class: 'unseen' }, caption),
        element('thead', {}, element('tr', {}, head)),
        this.#body,
      ),
    );
  }

  show(rows: readonly Row[]): void {
    const span = String(this.#columns.length);
    const none = element('tr', {}, element('td', { colspan: span, class: 'soft' }, this.#empty));
    fill(this.#body, rows.length === 0 ? none : rows.map((row) => this.#row(row)));
  }

  add(rows: readonly Row[]): void {
    this.#body.append(...rows.map((row) => this.#row(row)));
  }

  #row(row: Row): HTMLElement {
    const cells = this.#columns.map(({ cell }, i) =>
      i === 0 ? element('th', { scope: 'row' }, cell(row)) : element('td', {}, cell(row)),
    );
    return element('tr', {}, cells);
  }
}
