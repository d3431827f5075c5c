import type { Message } from './message.js';

/** Takes the messages that can be received now. */
type Take = () => Message[];

interface Waiting {
  take: Take;
  end(messages: Message[]): void;
}

/** Long polls: receives that wait for messages, first come, first served. */
export class WaitingReceives {
  readonly #waiting = new Set<Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * @param signal aborted when the caller has disconnected, so that it is given no messages
   * @returns the first non-empty result of `take`, or an empty one after `ms`
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

  /** Gives available messages to the waiting receives. */
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
