/**
 * Quantile of a Prometheus histogram in ms, linear within a bucket as Prometheus's own histogram_quantile does it: as exact as
 * the buckets are narrow. Undefined when nothing was observed.
 *
 * @param buckets upper bounds in seconds with cumulative counts, ascending, the last one infinite
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
      // Beyond the last finite bound there is nothing to interpolate towards.
      if (!Number.isFinite(bound)) return below[0] * 1000;
      return 1000 * (below[0] + ((bound - below[0]) * (rank - below[1])) / (count - below[1]));
    }
    below = bucket;
  }
  return below[0] * 1000;
}
