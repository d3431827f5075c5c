import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Handler called as EventBridge calls a Lambda function. The event has only `time`, when the call was due. */
export type ScheduledHandler = (event: { time: string }) => Promise<unknown>;

export interface ScheduleOptions {
  everyMs: number;
  logger: Logger;
}

/** Calls a handler at once and at each multiple of `everyMs` on the clock, one call at a time. Logs failed calls. */
export class Schedule {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(handler: ScheduledHandler, options: ScheduleOptions) {
    this.#running = this.#run(handler, options);
  }

  /** Resolves when the current call has finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(handler: ScheduledHandler, { everyMs, logger }: ScheduleOptions): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await handler({ time: new Date().toISOString() });
      } catch (error) {
        logger.warn({ err: error }, 'a scheduled call failed');
      }
      await delay(everyMs - (Date.now() % everyMs), undefined, { signal }).catch(() => undefined);
    }
  }
}
