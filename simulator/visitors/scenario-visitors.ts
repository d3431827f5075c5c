import { type Population, type Visit, whoComes } from '../people/population.js';
import type { Doors } from '../readers/doors.js';
import type { Turnstile } from '../readers/turnstile.js';
import { valueAt, type WholeScenario } from '../scenarios/scenario.js';
import type { Agenda } from '../schedule/agenda.js';
import { Arrivals } from '../schedule/arrivals.js';
import { type Course, ratePlan, shareOfRun } from '../schedule/rate-plan.js';
import type { VisitorEvents, Visitors } from './visitors.js';

interface ScenarioVisitorsOptions<Door extends Turnstile> {
  scenario: WholeScenario;
  course: Course;
  /** Swipes/s of this load worker where the profile is 1. */
  rate: number;
  agenda: Agenda;
  doors: Doors<Door>;
  population: Population;
  /** [0, 1) */
  random(): number;
  /** Draws whether an arrival is a hostile post. @returns the function that sends the post; undefined for a person */
  hostile(): (() => void) | undefined;
  events: VisitorEvents<Door>;
}

/** People do not join a queue longer than this. */
const LONGEST_QUEUE_MS = 60_000;

export class ScenarioVisitors<Door extends Turnstile> implements Visitors {
  readonly #options: ScenarioVisitorsOptions<Door>;
  readonly #arrivals: Arrivals;
  readonly done: Promise<void>;
  #finish: () => void = () => undefined;
  #startMs = 0;
  #queued = 0;
  /** No more arrivals; people in queues still get their turn. */
  #over = false;
  #stopped = false;

  constructor(options: ScenarioVisitorsOptions<Door>) {
    this.#options = options;
    const { scenario, course, rate, random } = options;
    this.#arrivals = new Arrivals({
      rateAt: ratePlan(rate, scenario.profile, course),
      fromMs: -course.warmUpMs,
      untilMs: course.durationMs,
      process: scenario.arrivals,
      random,
    });
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  begin(startMs: number): void {
    this.#startMs = startMs;
    this.#scheduleNext();
  }

  stop(): void {
    this.#stopped = true;
    this.#finish();
  }

  #scheduleNext(): void {
    const atMs = this.#arrivals.next();
    if (atMs === undefined) {
      // No more arrivals, but people may be in queues until the schedule ends and after.
      const { durationMs = 0 } = this.#options.course;
      this.#options.agenda.at(this.#startMs + durationMs, () => {
        this.#over = true;
        if (this.#queued === 0) this.#finish();
      });
      return;
    }
    this.#options.agenda.at(this.#startMs + atMs, (dueMs, nowMs) => {
      if (this.#stopped) return;
      this.#scheduleNext();
      this.#arrive(dueMs, nowMs);
    });
  }

  #arrive(dueMs: number, nowMs: number): void {
    const { scenario, course, doors, population, random, events, hostile } = this.#options;
    const strike = hostile();
    if (strike !== undefined) {
      strike();
      return;
    }
    const inbound = valueAt(scenario.inbound, shareOfRun(dueMs - this.#startMs, course));
    const direction = random() < inbound ? 'in' : 'out';
    const reader = doors.choose(direction);
    const isLong = reader !== undefined && reader.freeMs > dueMs + LONGEST_QUEUE_MS;
    const visit =
      reader && !isLong ? whoComes(reader.reader, direction, population, scenario.people, random) : undefined;
    if (visit?.unseen === true) {
      visit.crowd.release(visit.person, visit.to);
      return;
    }
    events.due(dueMs, nowMs);
    if (reader === undefined || visit === undefined) events.skipped();
    else this.#joinQueue(visit, reader, dueMs, nowMs);
  }

  /** Queues at the turnstile. The swipe is due at the person's turn, so queueing does not count as gateway latency. */
  #joinQueue(visit: Visit, reader: Door, dueMs: number, nowMs: number): void {
    const { agenda, events } = this.#options;
    const turnMs = reader.queue(dueMs);
    if (turnMs <= nowMs) {
      events.onVisit(visit, reader, turnMs);
      return;
    }
    this.#queued += 1;
    agenda.at(turnMs, () => {
      this.#queued -= 1;
      if (this.#stopped) {
        visit.crowd.release(visit.person, visit.person.place);
        events.skipped();
        return;
      }
      events.onVisit(visit, reader, turnMs);
      if (this.#over && this.#queued === 0) this.#finish();
    });
  }
}
