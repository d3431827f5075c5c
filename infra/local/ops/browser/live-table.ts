import { element, say } from './element.js';

/** A table that is asked for anew, again and again. */
export interface LiveTableOptions<Row> {
  url: string;
  everyMs: number;
  /** Where it stands, and where what there is to say of it. */
  body: HTMLElement;
  note: HTMLElement;
  cells(row: Row): string[];
  noteOf(rows: readonly Row[]): string;
}

/** Rows as the server has them; it is the server's own, and says what it promises. */
interface Rows<Row> {
  items: Row[];
}

export class LiveTable<Row> {
  readonly #options: LiveTableOptions<Row>;
  #askedAt = Number.NEGATIVE_INFINITY;
  #shown = '';

  constructor(options: LiveTableOptions<Row>) {
    this.#options = options;
  }

  /** Asks when it is time to. */
  async tick(): Promise<void> {
    const { url, everyMs, note } = this.#options;
    if (performance.now() - this.#askedAt < everyMs) return;
    this.#askedAt = performance.now();
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const { items }: Rows<Row> = await answer.json();
      this.#draw(items);
    } catch {
      say(note, 'Not known: the gateway does not answer.');
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
