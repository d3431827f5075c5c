/** An arrival more than this after its due time is late, ms. */
const LATE_MS = 100;
/** Share of late arrivals above which a run is invalid. */
const LATE_SHARE = 0.01;
/** A generator that is this far behind will not catch up, ms. */
const HOPELESS_MS = 5_000;

/** Measures how far the generator is behind its own schedule: that delay would otherwise count against the gateway. */
export class GeneratorDelay {
  #arrivals = 0;
  #late = 0;
  #worstMs = 0;
  #recentMs = 0;

  /** @param isTimed false during the warm-up, when processes that have just started may be late */
  record(delayMs: number, isTimed: boolean): void {
    this.#recentMs = Math.max(this.#recentMs, delayMs);
    if (!isTimed) return;
    this.#arrivals += 1;
    if (delayMs > LATE_MS) this.#late += 1;
    this.#worstMs = Math.max(this.#worstMs, delayMs);
  }

  get worstMs(): number {
    return this.#worstMs;
  }

  /** Maximum delay since the last call, ms. */
  takeRecent(): number {
    const recentMs = this.#recentMs;
    this.#recentMs = 0;
    return recentMs;
  }

  get isHopeless(): boolean {
    return this.#recentMs > HOPELESS_MS;
  }

  /** Reasons why the run is invalid; empty if it is valid. */
  complaints(): string[] {
    const share = this.#arrivals === 0 ? 0 : this.#late / this.#arrivals;
    if (share <= LATE_SHARE) return [];
    return [
      `the generator was more than ${LATE_MS} ms late for ${(100 * share).toFixed(1)} % of the swipes, at worst ` +
        `${Math.round(this.#worstMs)} ms: lower --rate, raise --threads, or spread the run over machines with --shard`,
    ];
  }
}
