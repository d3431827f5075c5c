import { compile } from '@swipegate/contract';
import { orderKey, type Rows, type Store } from '../protocol/store.js';
import { type Message, SavedMessage } from './message.js';

const isSavedMessage = compile(SavedMessage);

/** Messages of a queue by id, in the order in which they came, in memory and in the store. */
export class KeptMessages {
  readonly #messages = new Map<string, Message>();
  readonly #rows: Rows;
  /** Place of each message in the queue: the key of its row. */
  readonly #places = new Map<string, string>();
  #lastPlace = 0;

  /** @param prefix of the rows in the store, which may hold messages of an earlier start */
  constructor(store: Store, prefix: string) {
    this.#rows = store.part(prefix);
    for (const [place, row] of store.under(prefix)) {
      if (!isSavedMessage(row)) continue;
      this.#messages.set(row.id, row);
      this.#places.set(row.id, place);
      this.#lastPlace = Number(place);
    }
  }

  all(): Iterable<Message> {
    return this.#messages.values();
  }

  find(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  /** Keeps a message as it is now: a new one behind the others, a known one at its place. */
  keep(message: Message): void {
    let place = this.#places.get(message.id);
    if (place === undefined) {
      place = orderKey(++this.#lastPlace);
      this.#places.set(message.id, place);
    }
    this.#messages.set(message.id, message);
    this.#rows.put(place, message);
  }

  remove({ id }: Message): void {
    this.#messages.delete(id);
    const place = this.#places.get(id);
    if (place !== undefined) this.#rows.delete(place);
    this.#places.delete(id);
  }

  clear(): void {
    for (const place of this.#places.values()) this.#rows.delete(place);
    this.#places.clear();
    this.#messages.clear();
  }
}
