/** The terminal sends Ctrl-C to this process and to npm, which forwards it: a second signal this soon is an echo. */
const ECHO_MS = 500;
const PARENT_EVERY_MS = 500;

export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly code = 'STOPPED';
}

/** Request to end the run: Ctrl-C, a signal, or a closed terminal. */
export class StopRequest {
  #firstAtMs: number | undefined;
  #stop: () => void = () => undefined;
  #abort: () => void = () => undefined;

  /** Resolves at the first request. */
  readonly requested: Promise<void> = new Promise((resolve) => {
    this.#stop = resolve;
  });
  /** Resolves at a repeated request: end immediately, even with work unfinished. */
  readonly insisted: Promise<void> = new Promise((resolve) => {
    this.#abort = resolve;
  });

  get wasRequested(): boolean {
    return this.#firstAtMs !== undefined;
  }

  /** The first call requests a stop; a later one insists. */
  request(nowMs: number = performance.now()): void {
    if (this.#firstAtMs === undefined) this.requestOnce(nowMs);
    else if (nowMs - this.#firstAtMs > ECHO_MS) this.#abort();
  }

  /** Requests a stop but never insists: for events that can repeat although no user repeats them. */
  requestOnce(nowMs: number = performance.now()): void {
    this.#firstAtMs ??= nowMs;
    this.#stop();
  }

  /** Settles as `work` does, but rejects at the first request. @throws {StoppedError} with the message */
  async unlessRequested<Result>(work: Promise<Result>, message: string): Promise<Result> {
    return Promise.race([work, this.requested.then(() => Promise.reject(new StoppedError(message)))]);
  }

  /** Settles as `work` does, but rejects at a repeated request. @throws {StoppedError} */
  async unlessInsisted<Result>(work: Promise<Result>): Promise<Result> {
    const message = 'Stopped immediately. Swipes were still in flight.';
    return Promise.race([work, this.insisted.then(() => Promise.reject(new StoppedError(message)))]);
  }

  /** A killed npm does not end its script. Detects this by the new parent process. */
  #listenForNpm(): void {
    const npm = process.ppid;
    const look = setInterval(() => {
      if (process.ppid === npm) return;
      clearInterval(look);
      this.requestOnce();
    }, PARENT_EVERY_MS);
    look.unref();
  }

  /** Listens for signals and closed outputs. A closed terminal causes several of them, seconds apart: no insisting. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.request());
    process.on('SIGHUP', () => this.requestOnce());
    if (process.env['npm_lifecycle_event'] !== undefined) this.#listenForNpm();
    process.stdout.on('error', () => this.requestOnce());
    process.stderr.on('error', () => this.requestOnce());
  }
}
