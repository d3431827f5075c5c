import type { Visit } from '../people/who-comes.js';
import type { VirtualReader } from '../readers/virtual-reader.js';

/** Called when a person shows a card to a reader. @param dueMs scheduled time, ms of performance.now() */
export type OnVisit = (visit: Visit, reader: VirtualReader, dueMs: number) => void;

/** Source of visits: a scenario or a recorded trace. */
export interface Visitors {
  /** @param startMs end of the warm-up, ms of performance.now() */
  begin(startMs: number): void;
  /** Stops new visits. */
  stop(): void;
  /** Resolves when no more visits will come. */
  readonly done: Promise<void>;
}

/** Receives visits, skipped visits and the generator's timing. */
export interface VisitorEvents {
  /** A visit was scheduled for `dueMs`, and it is now `nowMs`. */
  due(dueMs: number, nowMs: number): void;
  /** A due visit does not happen, for example because no person is idle there or the queue is too long. */
  skipped(): void;
  onVisit: OnVisit;
}
