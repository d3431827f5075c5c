/**
 * Quantile of a Prometheus histogram in ms, interpolated linearly within a bucket like Prometheus's histogram_quantile.
 * Undefined without observations.
 *
 * @param buckets upper bounds in seconds with cumulative counts, ascending, the last one infinite
 * @param quantile from 0 to 1
 */
export function quantileMs(
  buckets: readonly [boundSeconds: number, count: number][],
  quantile: number,
): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below: [number, number] = [0, 0];
  for (const bucket of buckets) {
    const [bound, count] = bucket;
    if (count >= rank && count > below[1]) {
      // The infinite bucket cannot be interpolated: return its lower bound.
      if (!Number.isFinite(bound)) return below[0] * 1000;
      return 1000 * (below[0] + ((bound - below[0]) * (rank - below[1])) / (count - below[1]));
    }
    below = bucket;
  }
  return below[0] * 1000;
}
