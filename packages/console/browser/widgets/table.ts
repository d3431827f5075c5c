import { isAborted } from '../api/api.js';
import { keepPlace, lastPlace } from '../api/last-place.js';
import { button, buttonRow, type Child, element, fill, say } from './element.js';

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
  /** Rows of {@link update} by content. */
  #shown = new Map<string, Element>();

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

  /**
   * Shows rows that come again and again. One that has not changed stays where it is, with the focus and the place of a
   * screen reader in it.
   */
  update(rows: readonly Row[]): void {
    if (rows.length === 0) {
      this.#shown.clear();
      this.show(rows);
      return;
    }
    const next = new Map(rows.map((row) => [JSON.stringify(row), row]));
    const kept = new Set(Array.from(next.keys(), (text) => this.#shown.get(text)));
    for (const child of Array.from(this.#body.children)) if (!kept.has(child)) child.remove();
    let at = this.#body.firstElementChild;
    const shown = new Map<string, Element>();
    for (const [text, row] of next) {
      const element = this.#shown.get(text) ?? this.#row(row);
      shown.set(text, element);
      if (element === at) at = at.nextElementSibling;
      else this.#body.insertBefore(element, at);
    }
    this.#shown = shown;
  }

  #row(row: Row): HTMLElement {
    const cells = this.#columns.map(({ cell }, i) =>
      i === 0 ? element('th', { scope: 'row' }, cell(row)) : element('td', {}, cell(row)),
    );
    return element('tr', {}, cells);
  }
}

export interface ListPage<Item> {
  items: Item[];
  nextCursor?: string;
}

interface PagedListOptions<Item> {
  /** The page: its signal is aborted when the user leaves, and it shows errors. */
  context: { signal: AbortSignal; complain(where: HTMLElement, error: unknown, again: () => void): void };
  table: Table<Item>;
  /** Loads a page from the API. @param rows that were loaded when the user left the list, for its first page */
  load(cursor: string | undefined, signal: AbortSignal, rows: number): Promise<ListPage<Item>>;
  /** Selects which loaded items are shown. Default: all. */
  filter?(item: Item): boolean;
  /** Plural noun for the count, e.g. "changes". */
  noun: string;
}

/** A table that loads its list page by page. A new load aborts the one in flight. */
export class PagedList<Item> {
  readonly element: HTMLElement;
  readonly #options: PagedListOptions<Item>;
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #wrong = element('div');
  readonly #more: HTMLButtonElement;
  #items: Item[] = [];
  #nextCursor: string | undefined;
  #inFlight = new AbortController();

  constructor(options: PagedListOptions<Item>) {
    this.#options = options;
    this.#more = button('Load more', () => void this.#load(this.#nextCursor), { hidden: true });
    this.element = element('div', {}, this.#note, this.#wrong, options.table.element, buttonRow(this.#more));
  }

  /** Loads the first page. Rejects if that fails, so that the console shows an error page. */
  async begin(): Promise<void> {
    this.#take(await this.#options.load(undefined, this.#options.context.signal, lastPlace().rows), undefined);
  }

  /** Loads the first page again; shows an error in place. */
  reload(): Promise<void> {
    return this.#load(undefined);
  }

  /** Shows the loaded items again, after the filter has changed. */
  redraw(): void {
    const { filter = () => true, table, noun } = this.#options;
    const shown = this.#items.filter((item) => filter(item));
    table.show(shown);
    const of = shown.length === this.#items.length ? '' : ` of ${this.#items.length} loaded`;
    const counted = shown.length === 1 && of === '' ? noun.replace(/s$/, '') : noun;
    say(this.#note, `${shown.length}${of} ${counted}${this.#nextCursor === undefined ? '' : ', and there are more'}.`);
  }

  async #load(cursor: string | undefined): Promise<void> {
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
    const { context } = this.#options;
    const { signal } = this.#inFlight;
    this.element.ariaBusy = 'true';
    try {
      const page = await this.#options.load(cursor, AbortSignal.any([signal, context.signal]), 0);
      if (signal.aborted) return;
      this.#take(page, cursor);
    } catch (error) {
      if (isAborted(error)) return;
      context.complain(this.#wrong, error, () => void this.#load(cursor));
    } finally {
      if (!signal.aborted) this.element.ariaBusy = 'false';
    }
  }

  #take({ items, nextCursor }: ListPage<Item>, cursor: string | undefined): void {
    this.#items = cursor === undefined ? items : [...this.#items, ...items];
    this.#nextCursor = nextCursor;
    keepPlace({ rows: this.#items.length });
    this.#more.hidden = nextCursor === undefined;
    this.#wrong.replaceChildren();
    this.redraw();
  }
}
