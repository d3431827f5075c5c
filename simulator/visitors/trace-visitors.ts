import type { Person } from '../people/crowd.js';
import type { Visit } from '../people/population.js';
import type { VirtualReader } from '../readers/virtual-reader.js';
import type { Agenda } from '../schedule/agenda.js';
import type { TracedSwipe } from '../schedule/trace.js';
import type { VisitorEvents, Visitors } from './visitors.js';

interface TraceVisitorsOptions {
  /** Swipes in time order. */
  trace: readonly TracedSwipe[];
  readers: readonly VirtualReader[];
  agenda: Agenda;
  events: VisitorEvents<VirtualReader>;
}

interface Walker extends Person {
  busy: boolean;
  /** A swipe was not accepted, so the correct decisions on later ones are unknown; they are skipped. */
  lost: boolean;
  /** Due swipes that wait for the answer to the previous one. */
  waiting: (() => void)[];
}

/** Replays the visits of a trace at their recorded times and readers. */
export class TraceVisitors implements Visitors {
  readonly #options: TraceVisitorsOptions;
  readonly #readers: ReadonlyMap<string, VirtualReader>;
  readonly #walkers = new Map<string, Walker>();
  readonly done: Promise<void>;
  #finish: () => void = () => undefined;
  #waiting = 0;
  #next = 0;
  #stopped = false;

  constructor(options: TraceVisitorsOptions) {
    this.#options = options;
    this.#readers = new Map(options.readers.map((reader) => [reader.reader.readerId, reader]));
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  begin(startMs: number): void {
    this.#scheduleNext(startMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#finish();
  }

  #scheduleNext(startMs: number): void {
    const swipe = this.#options.trace[this.#next++];
    if (swipe === undefined) {
      if (this.#waiting === 0) this.#finish();
      return;
    }
    this.#options.agenda.at(startMs + swipe.atMs, (dueMs, nowMs) => {
      if (this.#stopped) return;
      this.#options.events.due(dueMs, nowMs);
      this.#come(swipe, dueMs);
      this.#scheduleNext(startMs);
    });
  }

  #come(swipe: TracedSwipe, dueMs: number): void {
    const { events } = this.#options;
    const reader = this.#readers.get(swipe.readerId);
    const walker = this.#walker(swipe.cardId);
    const go = (): void => {
      if (reader === undefined || walker.lost) {
        events.skipped();
        return;
      }
      walker.busy = true;
      events.onVisit(this.#visit(walker, reader, swipe), reader, dueMs);
    };
    if (reader === undefined || walker.lost || !walker.busy) {
      go();
      return;
    }
    this.#waiting += 1;
    walker.waiting.push(() => {
      this.#waiting -= 1;
      go();
      if (this.#waiting === 0 && this.#next > this.#options.trace.length) this.#finish();
    });
  }

  #walker(cardId: string): Walker {
    const walker = this.#walkers.get(cardId) ?? { cardId, busy: false, lost: false, waiting: [] };
    this.#walkers.set(cardId, walker);
    return walker;
  }

  #visit(walker: Walker, { reader }: VirtualReader, { direction = 'in', duress }: TracedSwipe): Visit {
    const way = reader.direction === 'both' ? direction : reader.direction;
    return {
      person: walker,
      direction: way,
      to: way === 'in' ? reader.zoneId : reader.outerZoneId,
      unseen: false,
      duress,
      crowd: {
        release: () => {
          walker.busy = false;
          walker.waiting.shift()?.();
        },
        lose: () => {
          walker.lost = true;
          for (const next of walker.waiting.splice(0)) next();
        },
      },
    };
  }
}
