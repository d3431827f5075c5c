import type { Second } from '../result/run-result.js';

const MOST_POINTS = 400;

type Member = Exclude<keyof Second, 'atSecond'>;
/** `mean` preserves rates; `worst` keeps a single peak or error visible. */
export type Reduction = 'mean' | 'worst';

/** Time axis shared by a report's charts: at most 400 moments of one or more seconds each. */
export class TimeGrid {
  readonly from: number;
  /** Seconds in a moment. */
  readonly step: number;
  readonly moments: readonly number[];

  constructor(...series: readonly (readonly Second[])[]) {
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { atSecond } of series.flat()) {
      from = Math.min(from, atSecond);
      to = Math.max(to, atSecond);
    }
    const seconds = to < from ? 0 : to - from + 1;
    this.from = seconds === 0 ? 0 : from;
    this.step = Math.max(1, Math.ceil(seconds / MOST_POINTS));
    this.moments = Array.from({ length: Math.ceil(seconds / this.step) }, (_, i) => this.from + i * this.step);
  }

  get to(): number {
    return this.moments.at(-1) ?? this.from;
  }

  /** One value per moment; null if not measured. */
  values(seconds: readonly Second[], member: Member, reduction: Reduction): (number | null)[] {
    const sums = new Array<number>(this.moments.length).fill(0);
    const counts = new Array<number>(this.moments.length).fill(0);
    for (const second of seconds) {
      const value = second[member];
      if (value === null) continue;
      const at = Math.floor((second.atSecond - this.from) / this.step);
      const sum = sums[at] ?? 0;
      sums[at] = reduction === 'mean' ? sum + value : Math.max(sum, value);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return sums.map((sum, at) => {
      const count = counts[at] ?? 0;
      return count === 0 ? null : reduction === 'mean' ? sum / count : sum;
    });
  }
}
