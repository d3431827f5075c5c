/** npm hands a terminal's Ctrl-C on to its script, which has had it from the terminal already: the second is an echo. */
const ECHO_MS = 500;
const PARENT_EVERY_MS = 500;

/** Somebody's wish that the run ends: Ctrl-C, a signal, a closed terminal. */
export class StopRequest {
  #askedAtMs: number | undefined;
  #stop: () => void = () => undefined;
  #abort: () => void = () => undefined;

  /** Resolves at the first request. */
  readonly asked: Promise<void> = new Promise((resolve) => {
    this.#stop = resolve;
  });
  /** Resolves when it is asked for again: at once, whatever is unfinished. */
  readonly insisted: Promise<void> = new Promise((resolve) => {
    this.#abort = resolve;
  });

  /** Whether anybody has asked yet. */
  get wasAsked(): boolean {
    return this.#askedAtMs !== undefined;
  }

  /** Asks, and insists when it was asked before. */
  request(nowMs: number = performance.now()): void {
    if (this.#askedAtMs === undefined) this.requestOnce(nowMs);
    else if (nowMs - this.#askedAtMs > ECHO_MS) this.#abort();
  }

  /** Asks, and never insists: for what comes again and again without anybody being impatient. */
  requestOnce(nowMs: number = performance.now()): void {
    this.#askedAtMs ??= nowMs;
    this.#stop();
  }

  /** npm that is killed takes nothing with it: what it ran shows by its new parent that nobody waits for it any more. */
  #listenForNpm(): void {
    const npm = process.ppid;
    const look = setInterval(() => {
      if (process.ppid === npm) return;
      clearInterval(look);
      this.requestOnce();
    }, PARENT_EVERY_MS);
    look.unref();
  }

  /**
   * Makes requests of the signals that this process gets, and of a reader of its output that has gone. A terminal that is
   * closed is several of these, seconds apart, and no reason to end less cleanly.
   */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.request());
    process.on('SIGHUP', () => this.requestOnce());
    if (process.env['npm_lifecycle_event'] !== undefined) this.#listenForNpm();
    process.stdout.on('error', () => this.requestOnce());
    process.stderr.on('error', () => this.requestOnce());
  }
}
