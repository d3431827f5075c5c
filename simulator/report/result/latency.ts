import { HIGHEST_US, latencyHistogram, latencyResultOf } from './latency-result.js';
import type { LatencyResult } from './run-result.js';

/** Records latencies in ms with three significant digits, in bounded memory. */
export class Latency {
  readonly #histogram = latencyHistogram();

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  /** @returns ms, undefined before the first record */
  percentile(percentile: number): number | undefined {
    if (this.#histogram.totalCount === 0) return undefined;
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  reset(): void {
    this.#histogram.reset();
  }

  result(): LatencyResult {
    return latencyResultOf(this.#histogram);
  }
}
