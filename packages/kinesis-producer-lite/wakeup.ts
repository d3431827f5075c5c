/** One pending call of a function, at the earliest time anyone asked for. */
export class Wakeup {
  readonly #run: () => void;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Runs after the I/O at hand, so that all that one turn of the event loop brings is there. */
  now(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#run();
    });
  }

  /** Runs at a time of the monotonic clock, in ms. */
  at(time: number): void {
    if (time >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = time;
    const fire = () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#run();
    };
    this.#timer = setTimeout(fire, Math.max(0, Math.ceil(time - performance.now())));
  }

  cancel(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}
