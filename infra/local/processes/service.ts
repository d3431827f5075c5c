import { setTimeout as delay } from 'node:timers/promises';
import { Child, type ChildOptions, EXITED, type Exit, startChild } from './child.js';

/** Content of a `ready` message. */
export type Ready = Readonly<Record<string, unknown>>;

export interface ServiceOptions {
  /** Options of each start. `before` is what the last process reported, so that the next one can take the same ports. */
  optionsOf(before: Ready | undefined): ChildOptions;
  /** Called when the process has died and will be started again after `pauseMs`. */
  onDied(exit: Exit, pauseMs: number): void;
  /** Called when it died too often; it is not started again. */
  onGivenUp(child: Child, exit: Exit): void;
  /** Pause before the first restart, ms; doubles up to 32 times. Default 250. */
  pauseMs?: number;
  /** It is started again after at most this many deaths in a row. Default 8. */
  mostDeaths?: number;
}

const PAUSE_MS = 250;
const MOST_DEATHS = 8;
/** The death of a process that lived longer than this, ms, counts as the first in a row. */
const STEADY_MS = 30_000;

/** A child process without state of its own: when it dies, another takes its place. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #ending = new AbortController();
  #child: Child;
  #startedAtMs = performance.now();
  #deaths = 0;
  /** Settles when the service has ended for good. */
  readonly #ended: Promise<Exit>;
  #ready: Ready;

  private constructor(options: ServiceOptions, child: Child) {
    this.#options = options;
    this.#child = child;
    this.#ready = child.ready;
    this.#ended = this.#run();
  }

  /** Resolves when the first process is ready. @throws {ChildError} if it is not */
  static async start(options: ServiceOptions): Promise<Service> {
    return new Service(options, await startChild(options.optionsOf(undefined)));
  }

  get name(): string {
    return this.#child.name;
  }

  /** Id of the current process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Report of the last process that was ready. */
  get ready(): Ready {
    return this.#ready;
  }

  /** Waits until the process, or its successor if it dies, has processed everything due. @returns the reason if it fails */
  async drain(timeoutMs: number): Promise<string | undefined> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = Math.max(0, deadlineMs - performance.now());
      const reason = await this.#child.drain(leftMs);
      if (reason !== EXITED) return reason;
      if (performance.now() >= deadlineMs || this.#ending.signal.aborted) return 'its process died';
      await delay(Math.min(100, leftMs));
    }
  }

  /** Ends the process as {@link Child.stop} does. It is not started again. */
  stop(graceMs?: number): Promise<Exit> {
    this.#ending.abort();
    void this.#child.stop(graceMs);
    return this.#ended;
  }

  /** Ends the process with SIGKILL. It is not started again. */
  kill(): Promise<Exit> {
    this.#ending.abort();
    void this.#child.kill();
    return this.#ended;
  }

  async #run(): Promise<Exit> {
    const { optionsOf, onDied, onGivenUp, pauseMs = PAUSE_MS, mostDeaths = MOST_DEATHS } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      const exit = await this.#child.exited;
      if (exit.expected || signal.aborted) return exit;
      this.#deaths = performance.now() - this.#startedAtMs > STEADY_MS ? 1 : this.#deaths + 1;
      if (this.#deaths > mostDeaths) {
        onGivenUp(this.#child, exit);
        return exit;
      }
      const pause = pauseMs * 2 ** Math.min(5, this.#deaths - 1);
      onDied(exit, pause);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return exit;
      this.#startedAtMs = performance.now();
      const child = new Child(optionsOf(this.#ready));
      this.#child = child;
      await child.whenReady().then(
        () => {
          this.#ready = child.ready;
        },
        // It has exited, or was killed because it was not ready in time. The next turn counts that death.
        () => undefined,
      );
    }
  }
}
