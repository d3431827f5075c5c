import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyResult } from './run-result.js';

/** One hour in µs; longer latencies are recorded as this. */
const HIGHEST_US = 3_600_000_000;

/** Creates a histogram of latencies in µs, three significant digits. All have this form, so they add up exactly. */
export function latencyHistogram(): Histogram {
  return build({
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
}

/** Converts a histogram of µs to figures in ms, all from the buckets: a file or a merge gives exactly the same. */
export function latencyResultOf(histogram: Histogram): LatencyResult {
  const measured = histogram.totalCount > 0;
  const at = (percentile: number) => (measured ? histogram.getValueAtPercentile(percentile) / 1_000 : null);
  return {
    count: histogram.totalCount,
    min: at(0),
    mean: measured ? histogram.mean / 1_000 : null,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: at(100),
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/** @throws {Error} if the text is not a histogram */
export function histogramOf({ histogram }: Pick<LatencyResult, 'histogram'>): Histogram {
  return decodeFromCompressedBase64(histogram, 64);
}

/** Adds histograms; without parts the sum is empty. @throws {Error} if a part is not a histogram */
export function sumOfLatencies(parts: readonly Pick<LatencyResult, 'histogram'>[]): LatencyResult {
  const sum = latencyHistogram();
  for (const part of parts) sum.add(histogramOf(part));
  return latencyResultOf(sum);
}

/** Records latencies in ms with three significant digits, in bounded memory. */
export class Latency {
  readonly #histogram = latencyHistogram();

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  /** @returns ms, null before the first record */
  percentile(percentile: number): number | null {
    if (this.#histogram.totalCount === 0) return null;
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  percentiles(): Pick<LatencyResult, 'p50' | 'p90' | 'p99' | 'p999'> {
    const at = (percentile: number) => this.percentile(percentile);
    return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) };
  }

  reset(): void {
    this.#histogram.reset();
  }

  result(): LatencyResult {
    return latencyResultOf(this.#histogram);
  }
}

/** Buckets per doubling: the error of a percentile is at most a fifth. */
const PER_DOUBLING = 4;
const LEAST_MS = 0.125;
/** Enough for several minutes. */
const BUCKETS = 84;

/** Latencies of one reader in 336 bytes: precise enough to find slow readers among many thousands. */
export class CoarseLatency {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log2(ms / LEAST_MS) * PER_DOUBLING);
    const at = Math.min(BUCKETS - 1, bucket);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
  }

  /** Upper end of the percentile's bucket, ms; null before the first record. */
  percentile(percentile: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.ceil((this.#total * percentile) / 100);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] ?? 0;
      if (left <= 0) return LEAST_MS * 2 ** (bucket / PER_DOUBLING);
    }
    return null;
  }
}
