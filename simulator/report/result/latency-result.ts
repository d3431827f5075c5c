import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyResult } from './run-result.js';

/** One hour in µs; longer latencies are recorded as this. */
export const HIGHEST_US = 3_600_000_000;

/** Creates a histogram of latencies in µs, three significant digits. All have this form, so they add up exactly. */
export function latencyHistogram(): Histogram {
  return build({
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
}

/**
 * Converts a histogram of µs to figures in ms. Every figure comes from the buckets, never from the recorded values,
 * so a histogram read from a file or merged gives exactly the same figures.
 */
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
