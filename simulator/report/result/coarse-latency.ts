/** Buckets for each doubling: a percentile is right to a fifth. */
const PER_DOUBLING = 4;
const LEAST_MS = 0.125;
/** Up to some minutes. */
const BUCKETS = 84;

/** Latencies of one of very many readers, in 336 bytes: good enough to see which of them suffers. */
export class CoarseLatency {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log2(ms / LEAST_MS) * PER_DOUBLING);
    const at = Math.min(BUCKETS - 1, bucket);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
  }

  /** Upper end of the bucket that the percentile lies in, ms; null before the first record. */
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
