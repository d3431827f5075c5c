import type { Message } from './message.js';

interface Waiting {
  /** Takes the messages that can be received now. */
  take(): Message[];
  end(messages: Message[]): void;
}

/** Long polls: receives that wait for messages, first come, first served. */
export class WaitingReceives {
  readonly #waiting = new Set<Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Returns the first non-empty result of `take`; none after `ms` or when the caller disconnects (`signal`). */
  wait(take: Waiting['take'], ms: number, signal: AbortSignal): Promise<Message[]> {
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
