import { isAborted } from './api-error.js';
import { button, element, say } from './element.js';
import type { PageContext } from './page-context.js';
import type { Table } from './table.js';

export interface ListPage<Item> {
  items: Item[];
  nextCursor?: string;
}

export interface PagedListOptions<Item> {
  context: PageContext;
  table: Table<Item>;
  /** Asks for a page. */
  load(cursor: string | undefined, signal: AbortSignal): Promise<ListPage<Item>>;
  /** Which items are shown, of those that are loaded. */
  filter?(item: Item): boolean;
  /** What they are, for who is told how many there are. */
  noun: string;
}

/** A list that comes in pages, one after another, into a table. What is asked for anew takes the place of what was under way. */
export class PagedList<Item> {
  readonly element: HTMLElement;
  readonly #options: PagedListOptions<Item>;
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #wrong = element('div');
  readonly #more: HTMLButtonElement;
  #items: Item[] = [];
  #nextCursor: string | undefined;
  #asked = new AbortController();

  constructor(options: PagedListOptions<Item>) {
    this.#options = options;
    this.#more = button('Load more', () => void this.#load(this.#nextCursor), { hidden: true });
    this.element = element(
      'div',
      {},
      this.#note,
      this.#wrong,
      options.table.element,
      element('p', { class: 'buttons' }, this.#more),
    );
  }

  /** From the first page on. */
  reload(): Promise<void> {
    return this.#load(undefined);
  }

  /** After the filter has changed. */
  redraw(): void {
    const { filter = () => true, table, noun } = this.#options;
    const shown = this.#items.filter((item) => filter(item));
    table.show(shown);
    const of = shown.length === this.#items.length ? '' : ` of ${this.#items.length} loaded`;
    say(this.#note, `${shown.length}${of} ${noun}${this.#nextCursor === undefined ? '' : ', and there are more'}.`);
  }

  async #load(cursor: string | undefined): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { context } = this.#options;
    const { signal } = this.#asked;
    this.element.ariaBusy = 'true';
    try {
      const page = await this.#options.load(cursor, AbortSignal.any([signal, context.signal]));
      if (signal.aborted) return;
      this.#items = cursor === undefined ? page.items : [...this.#items, ...page.items];
      this.#nextCursor = page.nextCursor;
      this.#more.hidden = page.nextCursor === undefined;
      this.#wrong.replaceChildren();
      this.redraw();
    } catch (error) {
      if (isAborted(error)) return;
      context.complain(this.#wrong, error, () => void this.#load(cursor));
    } finally {
      if (!signal.aborted) this.element.ariaBusy = 'false';
    }
  }
}
