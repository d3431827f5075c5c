/** What is to be done at a moment. @param dueMs the moment, @param nowMs when it is done: never before, ms of performance.now() */
export type Task = (dueMs: number, nowMs: number) => void;

/** Done in one go, at most, before sockets are read again: a generator that has fallen behind must still hear answers. */
const MOST_AT_ONCE = 128;

/**
 * Everything that a simulator will do later, in one heap and on one timer: arrivals, queues at turnstiles, pauses before a
 * repetition, heartbeats. Thousands of timers of Node's own would cost more than the swipes.
 *
 *          (due 3)            a binary heap in two arrays:
 *         /       \           the children of i stand at 2i + 1 and 2i + 2,
 *     (due 5)   (due 4)       and none is due before its parent
 */
export class Agenda {
  readonly #dueMs: number[] = [];
  readonly #tasks: Task[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** Of the timer that is set. */
  #wakeMs = Number.POSITIVE_INFINITY;
  #closed = false;

  get size(): number {
    return this.#tasks.length;
  }

  /** @param dueMs ms of performance.now(); what lies in the past is done as soon as may be */
  at(dueMs: number, task: Task): void {
    if (this.#closed) return;
    this.#dueMs.push(dueMs);
    this.#tasks.push(task);
    this.#rise(this.#tasks.length - 1);
    this.#arm();
  }

  /** Forgets all, and takes no more. */
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
    // Node's timers count whole ms: rounded up, so that nothing is done before its time.
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

  /** Takes the one that is due first. */
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
