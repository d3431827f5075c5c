import { quantileMs } from '@swipegate/contract';
import { numberOf, type Sample } from '../metrics/scrape.js';

type Labels = Readonly<Record<string, string>>;

interface Column {
  name: string;
  labels: Labels;
  index: number;
}

interface Reading {
  atMs: number;
  /** Values by column index; NaN where this reading has none. */
  values: Float64Array;
}

/** Time window, epoch ms: `fromMs` exclusive, `toMs` inclusive. */
export interface Window {
  fromMs: number;
  toMs: number;
}

/** Samples of all processes, one row of numbers per round. 15 minutes of about a hundred figures take 1 MB. */
export class Readings {
  readonly #keepMs: number;
  readonly #isWanted: (name: string) => boolean;
  readonly #columns = new Map<string, Column>();
  readonly #byName = new Map<string, Column[]>();
  readonly #readings: Reading[] = [];

  constructor(options: { keepMs: number; isWanted(name: string): boolean }) {
    this.#keepMs = options.keepMs;
    this.#isWanted = options.isWanted;
  }

  add(atMs: number, samples: readonly Sample[]): void {
    const wanted = samples.filter(({ name }) => this.#isWanted(name));
    const columns = wanted.map((sample) => this.#column(sample));
    const values = new Float64Array(this.#columns.size).fill(Number.NaN);
    wanted.forEach(({ value }, i) => {
      values[columns[i] ?? -1] = value;
    });
    this.#readings.push({ atMs, values });
    while ((this.#readings[0]?.atMs ?? atMs) < atMs - this.#keepMs) this.#readings.shift();
  }

  /** Increase of a counter; null without data. A restarted process counts from 0. */
  increase(name: string, where: Labels, window: Window): number | null {
    const rises = this.#rises(name, where, window);
    return rises === null ? null : rises.reduce((sum, [, rise]) => sum + rise, 0);
  }

  /** Increase of a counter by value of a label. */
  increaseBy(name: string, label: string, window: Window): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [{ labels }, rise] of this.#rises(name, {}, window) ?? []) {
      const value = labels[label] ?? '';
      sums[value] = (sums[value] ?? 0) + rise;
    }
    return sums;
  }

  /** Highest value of a gauge, summed over its labels; null without data. */
  highest(name: string, { fromMs, toMs }: Window): number | null {
    const columns = this.#byName.get(name) ?? [];
    let highest: number | null = null;
    for (const { atMs, values } of this.#readings) {
      if (atMs <= fromMs || atMs > toMs) continue;
      const reported = columns.map(({ index }) => values[index] ?? Number.NaN).filter((value) => !Number.isNaN(value));
      if (reported.length === 0) continue;
      const sum = reported.reduce((a, b) => a + b, 0);
      highest = highest === null ? sum : Math.max(highest, sum);
    }
    return highest;
  }

  /** Quantile of a histogram's observations in the window, ms; null if there were none. */
  quantileMs(name: string, quantile: number, window: Window): number | null {
    const rises = this.#rises(`${name}_bucket`, {}, window) ?? [];
    const buckets = rises
      .map(([{ labels }, rise]): [number, number] => [numberOf(labels['le']), rise])
      .sort(([a], [b]) => a - b);
    return quantileMs(buckets, quantile) ?? null;
  }

  #column({ name, labels }: Sample): number {
    const key = `${name}${JSON.stringify(labels)}`;
    const known = this.#columns.get(key);
    if (known !== undefined) return known.index;
    const column = { name, labels, index: this.#columns.size };
    this.#columns.set(key, column);
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), column]);
    return column.index;
  }

  /** Time between the two readings that a window's increases are computed from, ms. */
  spanMs(window: Window): number {
    const [first, last] = this.#ends(window) ?? [];
    return first === undefined || last === undefined ? 0 : last.atMs - first.atMs;
  }

  #ends({ fromMs, toMs }: Window): [Reading, Reading] | undefined {
    const last = this.#readings.findLast(({ atMs }) => atMs <= toMs);
    // Without a reading before the window, count from the first one: its value is not an increase.
    const first = this.#readings.findLast(({ atMs }) => atMs <= fromMs) ?? this.#readings[0];
    return first === undefined || last === undefined || first === last ? undefined : [first, last];
  }

  #rises(name: string, where: Labels, window: Window): [Column, number][] | null {
    const [first, last] = this.#ends(window) ?? [];
    if (first === undefined || last === undefined) return null;
    const columns = (this.#byName.get(name) ?? []).filter(({ labels }) =>
      Object.entries(where).every(([label, value]) => labels[label] === value),
    );
    const rises = columns.flatMap((column): [Column, number][] => {
      const now = last.values[column.index] ?? Number.NaN;
      if (Number.isNaN(now)) return [];
      const before = first.values[column.index] ?? Number.NaN;
      // A new label counts from 0, and so does a restarted process.
      return [[column, Number.isNaN(before) || now < before ? now : now - before]];
    });
    return rises.length === 0 && !this.#isNone(name, last) ? null : rises;
  }

  /** Whether a counter without a value is 0 because it counted nothing yet, not missing because its process is gone. */
  #isNone(name: string, { values }: Reading): boolean {
    const isReported = ({ index }: Column) => !Number.isNaN(values[index] ?? Number.NaN);
    return this.#byName.get(name)?.some(isReported) ?? values.some((value) => !Number.isNaN(value));
  }
}
