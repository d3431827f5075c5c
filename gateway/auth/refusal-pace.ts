const WINDOW_MS = 100;
const PER_WINDOW = 16;

/**
 * Bounds what refused requests cost, because a client that waits asks less often. Lets the first 16 refusals of 100 ms
 * through at once and holds the others back, first come, first served. A request with a
 * good key comes here only if the key lacks the role, or is not listed yet during a flood of made-up ones.
 */
export class RefusalPace {
  readonly #maxHeld: number;
  readonly #held: (() => void)[] = [];
  #left = PER_WINDOW;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param maxHeld further refusals are not held back, because they keep their connections and requests open */
  constructor(maxHeld: number) {
    this.#maxHeld = maxHeld;
  }

  /** Calls `refuse` now or when its turn comes. */
  turn(refuse: () => void): void {
    if (this.#closed || this.#held.length >= this.#maxHeld) {
      refuse();
      return;
    }
    this.#timer ??= setInterval(() => this.#next(), WINDOW_MS);
    if (this.#left > 0) {
      this.#left -= 1;
      refuse();
    } else this.#held.push(refuse);
  }

  /** Lets all refusals through, from now on. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const refuse of this.#held.splice(0)) refuse();
  }

  #next(): void {
    const due = this.#held.splice(0, PER_WINDOW);
    this.#left = PER_WINDOW - due.length;
    for (const refuse of due) refuse();
    if (due.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
