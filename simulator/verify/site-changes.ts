import { type Change, type Reader, type Site, type Swipe, subjectOf } from '@swipegate/contract';
import { cardIdSent, type NumberFormat } from '@swipegate/contract/cards/card-number';

/** Margin, ms: a change requested just after a swipe may be applied before the swipe is decided. Clocks differ, too. */
const MARGIN_MS = 10_000;

/** Changes by the back office during a run, which the oracle does not know: it cannot judge swipes that depend on them. */
export class SiteChanges {
  readonly #cards = new Map<string, number>();
  readonly #readers = new Map<string, number>();
  /** Card formats that readers have, or had during the run. Virtual readers send ids all the same. */
  readonly #formats = new Map<string, Set<NumberFormat>>();
  #everything = Number.POSITIVE_INFINITY;

  constructor(changes: readonly Change[], { cards, readers }: Pick<Site, 'cards' | 'readers'>) {
    for (const reader of readers) if (this.#noteFormat(reader)) note(this.#readers, reader.readerId, 0);
    for (const { content, requestedAt } of changes) {
      const sinceMs = Date.parse(requestedAt) - MARGIN_MS;
      const { cardId, employeeId } = subjectOf(content);
      if (cardId !== undefined) note(this.#cards, cardId, sinceMs);
      if (employeeId !== undefined) {
        for (const card of cards) if (card.employeeId === employeeId) note(this.#cards, card.cardId, sinceMs);
      }
      if (content.type === 'set-reader') {
        note(this.#readers, content.reader.readerId, sinceMs);
        this.#noteFormat(content.reader);
      } else if (content.type === 'remove-reader') note(this.#readers, content.readerId, sinceMs);
      else if (/-(access-level|schedule|zone|building|lockdown)$/.test(content.type))
        this.#everything = Math.min(this.#everything, sinceMs);
    }
  }

  /** Returns the cardIds under which a swipe may have been decided: as sent, and as its reader's card format makes it. */
  cardIdsOf({ cardId, readerId }: Pick<Swipe, 'cardId' | 'readerId'>): string[] {
    const formats = Array.from(this.#formats.get(readerId) ?? []);
    const converted = formats.flatMap((format) =>
      (['full', 'wiegand-26'] as const).map((numbers) => cardIdSent(cardId, format, numbers)),
    );
    return Array.from(new Set([cardId, ...converted]));
  }

  /** @returns whether the reader has a format */
  #noteFormat({ readerId, cardFormat = 'as-sent' }: Pick<Reader, 'readerId' | 'cardFormat'>): boolean {
    if (cardFormat === 'as-sent') return false;
    this.#formats.set(readerId, (this.#formats.get(readerId) ?? new Set()).add(cardFormat));
    return true;
  }

  /** Whether a swipe depends on something that changed before it or just after. */
  concern({ cardId, readerId, readAt }: Pick<Swipe, 'cardId' | 'readerId' | 'readAt'>): boolean {
    const since = Math.min(
      this.#everything,
      this.#cards.get(cardId) ?? Number.POSITIVE_INFINITY,
      this.#readers.get(readerId) ?? Number.POSITIVE_INFINITY,
    );
    return Date.parse(readAt) >= since;
  }
}

function note(since: Map<string, number>, id: string, ms: number): void {
  since.set(id, Math.min(ms, since.get(id) ?? Number.POSITIVE_INFINITY));
}
