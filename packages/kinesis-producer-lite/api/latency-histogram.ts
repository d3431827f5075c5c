/** Upper bounds of the call latency buckets, in ms. One more bucket counts all above. */
export const LATENCY_BOUNDS_MS: readonly number[] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export interface CallLatency {
  count: number;
  sumMs: number;
  maxMs: number;
  /** Calls per bucket of LATENCY_BOUNDS_MS plus one for those above; not cumulative. */
  buckets: number[];
}

export class LatencyHistogram {
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;
  readonly #buckets: number[] = new Array(LATENCY_BOUNDS_MS.length + 1).fill(0);

  record(latencyMs: number): void {
    this.#count += 1;
    this.#sumMs += latencyMs;
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
    const index = bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  snapshot(): CallLatency {
    return { count: this.#count, sumMs: this.#sumMs, maxMs: this.#maxMs, buckets: [...this.#buckets] };
  }
}
