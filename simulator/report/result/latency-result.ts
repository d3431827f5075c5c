import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyResult } from './run-result.js';

/** An hour, in µs: what takes longer is recorded as this. */
export const HIGHEST_US = 3_600_000_000;

/** An empty histogram of latencies in µs, to three significant digits. All of a run have this form, so that they add up exactly. */
export function latencyHistogram(): Histogram {
  return build({
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
}

/**
 * What a histogram of µs says, in ms. Every figure is read from the buckets, never from the values themselves, so that the
 * histogram that comes back from a file, or from a merge, says the same to the last digit.
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

/** @throws {Error} when the text is no histogram */
export function histogramOf({ histogram }: Pick<LatencyResult, 'histogram'>): Histogram {
  return decodeFromCompressedBase64(histogram, 64);
}

/** All of them as if they had been recorded in one histogram. Of none, an empty one. @throws {Error} when one is no histogram */
export function sumOfLatencies(parts: readonly Pick<LatencyResult, 'histogram'>[]): LatencyResult {
  const sum = latencyHistogram();
  for (const part of parts) sum.add(histogramOf(part));
  return latencyResultOf(sum);
}
