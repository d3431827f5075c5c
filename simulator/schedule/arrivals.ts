export interface ArrivalOptions {
  /** Swipes/s at a time in ms from the end of the warm-up; negative during it. */
  rateAt(atMs: number): number;
  /** Earliest arrival, ms from the end of the warm-up. */
  fromMs: number;
  /** No arrivals at or after this time, ms; undefined never ends. */
  untilMs: number | undefined;
  /** `poisson`: random gaps, as with people. `even`: equal gaps, as with a machine. */
  process: 'poisson' | 'even';
  /** [0, 1) */
  random(): number;
}

/** Step in which the rate counts as constant, ms. */
const STEP_MS = 50;

/**
 * Arrival times in an open model: slow answers do not delay arrivals. The next arrival comes when the integral of the rate
 * has grown by one draw (a Poisson process of rate 1 on a rescaled clock).
 */
export class Arrivals {
  readonly #options: ArrivalOptions;
  #atMs: number;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    this.#atMs = options.fromMs;
  }

  /** Time of the next arrival, ms from the end of the warm-up; undefined after the last. */
  next(): number | undefined {
    const { rateAt, untilMs = Number.POSITIVE_INFINITY, process, random } = this.#options;
    let left = process === 'poisson' ? -Math.log(1 - random()) : 1;
    while (this.#atMs < untilMs) {
      // Steps are aligned to the end of the warm-up, where the rate plan bends.
      const step = (Math.floor(this.#atMs / STEP_MS) + 1) * STEP_MS - this.#atMs;
      const perMs = rateAt(this.#atMs + step / 2) / 1_000;
      if (perMs * step >= left) {
        this.#atMs += left / perMs;
        return this.#atMs < untilMs ? this.#atMs : undefined;
      }
      left -= perMs * step;
      this.#atMs += step;
    }
    return undefined;
  }
}
