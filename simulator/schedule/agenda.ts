/** Scheduled callback. `dueMs` is the scheduled time and `nowMs` the actual time, never earlier, in ms of performance.now(). */
export type Task = (dueMs: number, nowMs: number) => void;

/** Tasks run in one go before sockets are read again: a generator that is behind must still receive answers. */
const MOST_AT_ONCE = 128;

/**
 * All scheduled work of a simulator (arrivals, turnstile queues, retry pauses, heartbeats), in one heap and on one timer.
 * Thousands of Node timers would cost more than the swipes.
 *
 *          (due 3)            a binary heap in two arrays:
 *         /       \           the children of i are at 2i + 1 and 2i + 2,
 *     (due 5)   (due 4)       and never due before their parent
 */
export class Agenda {
  readonly #dueMs: number[] = [];
  readonly #tasks: Task[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** Due time of the current timer. */
  #wakeMs = Number.POSITIVE_INFINITY;
  #closed = false;

  get size(): number {
    return this.#tasks.length;
  }

  /** @param dueMs ms of performance.now(); a past time runs as soon as possible */
  at(dueMs: number, task: Task): void {
    if (this.#closed) return;
    this.#dueMs.push(dueMs);
    this.#tasks.push(task);
    this.#rise(this.#tasks.length - 1);
    this.#arm();
  }

  /** Drops all tasks and accepts no more. */
  close(): void {
    this.#closed = true;
    this.#dueMs.length = 0;
    this.#tasks.length = 0;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #arm(): void {
    const dueMs = this.#dueMs[0];
    if (dueMs === undefined || this.#immediate !== undefined || dueMs >= this.#wakeMs) return;
    clearTimeout(this.#timer);
    const waitMs = dueMs - performance.now();
    this.#wakeMs = dueMs;
    if (waitMs <= 0) {
      this.#immediate = setImmediate(() => this.#wake());
      return;
    }
    // Node timers count whole ms: round up so that no task runs early.
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(waitMs));
  }

  #wake(): void {
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    let nowMs = performance.now();
    for (let done = 0; done < MOST_AT_ONCE; done++) {
      const dueMs = this.#dueMs[0];
      if (dueMs === undefined || dueMs > nowMs) break;
      this.#first()?.(dueMs, nowMs);
      nowMs = performance.now();
    }
    this.#arm();
  }

  /** Removes and returns the task that is due first. */
  #first(): Task | undefined {
    const [first] = this.#tasks;
    const dueMs = this.#dueMs.pop();
    const task = this.#tasks.pop();
    if (first !== task && dueMs !== undefined && task !== undefined) {
      this.#dueMs[0] = dueMs;
      this.#tasks[0] = task;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.#due(parent) <= this.#due(i)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(): void {
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const child = this.#due(left + 1) < this.#due(left) ? left + 1 : left;
      if (this.#due(child) >= this.#due(i)) return;
      this.#swap(i, child);
      i = child;
    }
  }

  #due(i: number): number {
    return this.#dueMs[i] ?? Number.POSITIVE_INFINITY;
  }

  #swap(i: number, j: number): void {
    const dueMs = this.#dueMs[i];
    const task = this.#tasks[i];
    const otherMs = this.#dueMs[j];
    const other = this.#tasks[j];
    if (dueMs === undefined || task === undefined || otherMs === undefined || other === undefined) return;
    this.#dueMs[i] = otherMs;
    this.#tasks[i] = other;
    this.#dueMs[j] = dueMs;
    this.#tasks[j] = task;
  }
}
