import type { Message } from './message.js';

/** Takes what may be received now. */
type Take = () => Message[];

interface Waiting {
  take: Take;
  end(messages: Message[]): void;
}

/** Long polls: receives that wait until there is something for them, first come, first served. */
export class WaitingReceives {
  readonly #waiting = new Set<Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * @param signal aborted when the caller is gone: it must not be given messages that it cannot take
   * @returns what `take` gave first, or nothing after `ms`
   */
  wait(take: Take, ms: number, signal: AbortSignal): Promise<Message[]> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        take,
        end: (messages) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', gone);
          this.#waiting.delete(waiting);
          resolve(messages);
        },
      };
      const gone = () => waiting.end([]);
      const timer = setTimeout(gone, ms);
      signal.addEventListener('abort', gone);
      if (signal.aborted) gone();
      else this.#waiting.add(waiting);
    });
  }

  /** Gives what there is now. */
  serve(): void {
    for (const waiting of this.#waiting) {
      const messages = waiting.take();
      if (messages.length === 0) return;
      waiting.end(messages);
    }
  }

  endAll(): void {
    for (const waiting of this.#waiting) waiting.end([]);
  }
}
