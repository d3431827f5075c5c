import type { Visit } from '../people/who-comes.js';
import type { VirtualReader } from '../readers/virtual-reader.js';

/** Somebody stands before a reader and shows a card. @param dueMs when they were to, ms of performance.now() */
export type OnVisit = (visit: Visit, reader: VirtualReader, dueMs: number) => void;

/** Where visits come from: a scenario, or a trace of what has happened once. */
export interface Visitors {
  /** @param startMs start of the run proper, ms of performance.now(); a warm-up lies before */
  begin(startMs: number): void;
  /** Nobody comes any more. */
  stop(): void;
  /** Resolves when nobody will come any more. */
  readonly done: Promise<void>;
}

/** Hears of those who come to no reader, and of a generator that is late. */
export interface VisitorEvents {
  /** Somebody was to come, at `dueMs`, and it is `nowMs`. */
  due(dueMs: number, nowMs: number): void;
  /** They do not: nobody is idle there, or the queue is too long to join. */
  skipped(): void;
  onVisit: OnVisit;
}
