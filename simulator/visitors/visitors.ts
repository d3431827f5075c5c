import type { Visit } from '../people/population.js';
import type { Turnstile } from '../readers/turnstile.js';

/** Source of visits: a scenario or a recorded trace. */
export interface Visitors {
  /** @param startMs end of the warm-up, ms of performance.now() */
  begin(startMs: number): void;
  stop(): void;
  /** Resolves when no more visits will come. */
  readonly done: Promise<void>;
}

export interface VisitorEvents<Door extends Turnstile> {
  /** A visit was scheduled for `dueMs`, and it is now `nowMs`. */
  due(dueMs: number, nowMs: number): void;
  /** A due visit does not happen, for example because no person is idle there or the queue is too long. */
  skipped(): void;
  /** A person shows a card to a reader. @param dueMs scheduled time, ms of performance.now() */
  onVisit(visit: Visit, reader: Door, dueMs: number): void;
}
