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
