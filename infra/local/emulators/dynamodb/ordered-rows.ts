/** A part of the keys. Each bound is a key; rows on the `gte` and `lte` bounds are part of it. */
export interface KeyRange {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  /** From the last key to the first. */
  reverse?: boolean;
}

/** Longest chunk of sorted keys: short enough to insert into, long enough that there are few of them. */
const CHUNK = 512;
/** Keys that wait to be sorted. Most tables are written far more often than they are read in order. */
const UNSORTED = 1_000;

/** Rows by key, which can be read in the order of their keys. */
export class OrderedRows<Row> {
  readonly #rows = new Map<string, Row>();
  /** Sorted keys. May still have keys of deleted rows. */
  #chunks: string[][] = [];
  #unsorted: string[] = [];
  /** Upper bound of the sorted keys whose rows are deleted. */
  #deleted = 0;

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    const { size } = this.#rows;
    this.#rows.set(key, row);
    if (this.#rows.size === size) return;
    this.#unsorted.push(key);
    if (this.#unsorted.length >= UNSORTED) this.#sort();
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#deleted += 1;
  }

  /** Yields rows in order. The caller reads them before the next write. */
  *range({ gt, gte, lt, lte, reverse = false }: KeyRange = {}): Generator<[key: string, row: Row]> {
    this.#sort();
    const isBefore = (key: string) => (gt !== undefined && key <= gt) || (gte !== undefined && key < gte);
    const isAfter = (key: string) => (lt !== undefined && key >= lt) || (lte !== undefined && key > lte);
    const [isEarly, isLate] = reverse ? [isAfter, isBefore] : [isBefore, isAfter];
    const chunks = this.#chunks;
    let at = reverse
      ? firstWhere(chunks, ([first = '']) => isAfter(first)) - 1
      : firstWhere(chunks, (chunk) => !isBefore(lastOf(chunk)));
    for (let chunk = chunks[at]; chunk !== undefined; chunk = chunks[at]) {
      for (const key of reverse ? chunk.toReversed() : chunk) {
        if (isEarly(key)) continue;
        if (isLate(key)) return;
        const row = this.#rows.get(key);
        if (row !== undefined) yield [key, row];
      }
      at += reverse ? -1 : 1;
    }
  }

  #sort(): void {
    if (this.#deleted > UNSORTED && this.#deleted > this.#rows.size) {
      this.#chunks = this.#chunks
        .map((chunk) => chunk.filter((key) => this.#rows.has(key)))
        .filter(({ length }) => length > 0);
      this.#deleted = 0;
    }
    const keys = this.#unsorted;
    if (keys.length === 0) return;
    this.#unsorted = [];
    for (const key of keys.sort()) if (this.#rows.has(key)) this.#insert(key);
  }

  /** A deleted row's key may still be here, so the key of a row written again is not inserted twice. */
  #insert(key: string): void {
    const at = Math.min(
      firstWhere(this.#chunks, (chunk) => lastOf(chunk) >= key),
      this.#chunks.length - 1,
    );
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    const place = firstWhere(chunk, (each) => each >= key);
    if (chunk[place] === key) return;
    chunk.splice(place, 0, key);
    if (chunk.length > CHUNK) this.#chunks.splice(at, 1, chunk.slice(0, CHUNK / 2), chunk.slice(CHUNK / 2));
  }
}

function lastOf(chunk: readonly string[]): string {
  return chunk.at(-1) ?? '';
}

/** Index of the first item that passes a test which all items after it pass too; the length without one. */
function firstWhere<Item>(items: readonly Item[], passes: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && passes(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
