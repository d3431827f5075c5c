import { build, type Histogram } from 'hdr-histogram-js';

/** An hour, in microseconds. */
const HIGHEST_US = 3_600_000_000;

/** Latencies in ms, to three significant digits, in bounded memory. */
export class Latency {
  readonly #histogram: Histogram = build({
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  /** @returns ms, undefined before the first record */
  percentile(percentile: number): number | undefined {
    if (this.#histogram.totalCount === 0) return undefined;
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }
}
