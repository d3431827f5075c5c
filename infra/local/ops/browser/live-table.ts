import { element, say } from './element.js';

export interface LiveTableOptions<Row> {
  url: string;
  everyMs: number;
  /** Receives the rows. */
  body: HTMLElement;
  note: HTMLElement;
  cells(row: Row): string[];
  noteOf(rows: readonly Row[]): string;
}

export class LiveTable<Row> {
  readonly #options: LiveTableOptions<Row>;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #shown = '';

  constructor(options: LiveTableOptions<Row>) {
    this.#options = options;
  }

  /** Fetches the rows if `everyMs` has passed since the last fetch. */
  async tick(): Promise<void> {
    const { url, everyMs, note } = this.#options;
    if (performance.now() - this.#fetchedAt < everyMs) return;
    this.#fetchedAt = performance.now();
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      // Not validated: our own server's answer.
      const { items }: { items: Row[] } = await answer.json();
      this.#draw(items);
    } catch {
      say(note, 'Not available: the gateway does not answer.');
    }
  }

  #draw(rows: readonly Row[]): void {
    const { body, note, cells, noteOf } = this.#options;
    say(note, noteOf(rows));
    const texts = rows.map(cells);
    const shown = JSON.stringify(texts);
    if (shown === this.#shown) return;
    this.#shown = shown;
    body.replaceChildren(...texts.map((row) => element('tr', {}, ...row.map((text) => element('td', {}, text)))));
  }
}
