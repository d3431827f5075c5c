export interface ArrivalOptions {
  /** Swipes/s at a moment of the run, ms from its start; during the warm-up negative. */
  rateAt(atMs: number): number;
  /** Where the first may come, ms from the start of the run. */
  fromMs: number;
  /** None comes at or after this, ms; undefined goes on for ever. */
  untilMs: number | undefined;
  /** Poisson: people come when they come. Even: one a gap, as a machine would. */
  process: 'poisson' | 'even';
  /** [0, 1) */
  random(): number;
}

/** The rate is taken as constant for this long, ms. */
const STEP_MS = 50;

/**
 * When people come: an open model, which no answer holds up. A process whose rate changes is one of rate 1 on a clock that
 * runs as fast as the rate is high: so the next comes when the area below the rate has grown by one draw.
 */
export class Arrivals {
  readonly #options: ArrivalOptions;
  #atMs: number;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    this.#atMs = options.fromMs;
  }

  /** When the next one is due, ms from the start of the run; undefined when no more will come. */
  next(): number | undefined {
    const { rateAt, untilMs = Number.POSITIVE_INFINITY, process, random } = this.#options;
    let left = process === 'poisson' ? -Math.log(1 - random()) : 1;
    while (this.#atMs < untilMs) {
      // Steps end where profiles turn: on whole ones from the run's start, where a warm-up ends too.
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
