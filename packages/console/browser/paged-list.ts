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
  /** What they are, in the plural, for who is told how many there are. */
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

  /** Loads the first page, and rejects where it cannot: a page of which nothing is known is no page. */
  async begin(): Promise<void> {
    this.#take(await this.#options.load(undefined, this.#options.context.signal), undefined);
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
    const counted = shown.length === 1 && of === '' ? noun.replace(/s$/, '') : noun;
    say(this.#note, `${shown.length}${of} ${counted}${this.#nextCursor === undefined ? '' : ', and there are more'}.`);
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
    this.#more.hidden = nextCursor === undefined;
    this.#wrong.replaceChildren();
    this.redraw();
  }
}
