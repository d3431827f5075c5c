/** Schedules one pending call of a function, at the earliest requested time. */
export class Wakeup {
  readonly #run: () => void;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Runs after pending I/O (setImmediate), so that everything from one turn of the event loop is handled together. */
  now(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#run();
    });
  }

  /** Runs at a time in ms of the monotonic clock. */
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
