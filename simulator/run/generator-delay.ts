/** What comes later than this after it was due, came late by the generator's fault, ms. */
const LATE_MS = 100;
/** So many may, of all, before the run says nothing about the gateway. */
const LATE_SHARE = 0.01;
/** A generator that is this far behind will not catch up, ms. */
const HOPELESS_MS = 5_000;

/** How well a generator keeps its own schedule: what it is late, the gateway would be blamed for. */
export class GeneratorDelay {
  #arrivals = 0;
  #late = 0;
  #worstMs = 0;
  #recentMs = 0;

  /** @param isTimed whether it is due in the run proper: processes that have just started may be late */
  record(delayMs: number, isTimed: boolean): void {
    this.#recentMs = Math.max(this.#recentMs, delayMs);
    if (!isTimed) return;
    this.#arrivals += 1;
    if (delayMs > LATE_MS) this.#late += 1;
    this.#worstMs = Math.max(this.#worstMs, delayMs);
  }

  /** At worst, ms. */
  get worstMs(): number {
    return this.#worstMs;
  }

  /** At worst since this was last asked, ms. */
  takeRecent(): number {
    const recentMs = this.#recentMs;
    this.#recentMs = 0;
    return recentMs;
  }

  /** Whether there is no use in going on. */
  get isHopeless(): boolean {
    return this.#recentMs > HOPELESS_MS;
  }

  /** Why the figures are not to be believed; empty when they are. */
  complaints(): string[] {
    const share = this.#arrivals === 0 ? 0 : this.#late / this.#arrivals;
    if (share <= LATE_SHARE) return [];
    return [
      `the generator was more than ${LATE_MS} ms late for ${(100 * share).toFixed(1)} % of the swipes, at worst ` +
        `${Math.round(this.#worstMs)} ms: lower --rate, raise --threads, or spread the run over machines with --shard`,
    ];
  }
}
