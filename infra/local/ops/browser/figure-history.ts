import type { History, Moment } from './page-data.js';

/** History on the page: a column of times and a column per figure. */
export class FigureHistory {
  readonly #keepMs: number;
  #atMs: number[] = [];
  #figures = new Map<string, (number | null)[]>();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Replaces everything: after a lost connection the server's history is more complete. */
  replace({ atMs, figures }: History): void {
    this.#atMs = [...atMs];
    this.#figures = new Map(Object.entries(figures).map(([key, values]) => [key, [...values]]));
  }

  add({ atMs, figures }: Moment): void {
    // Already in the history.
    if (atMs <= (this.#atMs.at(-1) ?? 0)) return;
    const before = this.#atMs.push(atMs) - 1;
    for (const [key, value] of Object.entries(figures)) {
      const column = this.#figures.get(key);
      if (column !== undefined) column.push(value);
      else this.#figures.set(key, [...Array<null>(before).fill(null), value]);
    }
    for (const column of this.#figures.values()) if (column.length <= before) column.push(null);
    const old = this.#atMs.findIndex((at) => at >= atMs - this.#keepMs);
    if (old <= 0) return;
    this.#atMs.splice(0, old);
    for (const column of this.#figures.values()) column.splice(0, old);
  }

  /** Index at which the last `rangeMs` begin. */
  from(rangeMs: number): number {
    const last = this.#atMs.at(-1) ?? 0;
    return Math.max(
      0,
      this.#atMs.findIndex((at) => at > last - rangeMs),
    );
  }

  times(from: number): number[] {
    return this.#atMs.slice(from);
  }

  values(key: string, from: number): (number | null)[] {
    return this.#figures.get(key)?.slice(from) ?? this.times(from).map(() => null);
  }

  labels(key: string): string[] {
    const start = `${key}/`;
    return [...this.#figures.keys()]
      .flatMap((each) => (each.startsWith(start) ? [each.slice(start.length)] : []))
      .sort();
  }

  latest(key: string): number | null {
    return this.#figures.get(key)?.at(-1) ?? null;
  }
}
