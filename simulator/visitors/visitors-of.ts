import { Population } from '../people/population.js';
import { Doors } from '../readers/doors.js';
import type { VirtualReader } from '../readers/virtual-reader.js';
import type { PartOptions } from '../run/part-options.js';
import type { Agenda } from '../schedule/agenda.js';
import { traceOfPart } from '../schedule/trace.js';
import { ScenarioVisitors } from './scenario-visitors.js';
import { TraceVisitors } from './trace-visitors.js';
import type { VisitorEvents, Visitors } from './visitors.js';

export interface VisitorsOfOptions {
  options: PartOptions;
  readers: readonly VirtualReader[];
  agenda: Agenda;
  events: VisitorEvents;
  /** Zone of a cardholder at the start; undefined is outdoors. */
  whereIs(cardId: string): string | undefined;
  /** Draws whether an arrival is a hostile post. @returns the function that sends the post; undefined for a person */
  hostile(): (() => void) | undefined;
  /** [0, 1) */
  random(): number;
}

/** Creates the visitors of one part, from its trace or its scenario. */
export function visitorsOf({
  options,
  readers,
  agenda,
  events,
  whereIs,
  hostile,
  random,
}: VisitorsOfOptions): Visitors {
  const { scenario, site, part, exceptCards, rate, warmUpMs, durationMs, trace } = options;
  if (trace !== undefined) return new TraceVisitors({ trace: traceOfPart(trace, part), readers, agenda, events });
  return new ScenarioVisitors({
    scenario,
    course: { warmUpMs, durationMs },
    rate: rate / part.of,
    agenda,
    doors: new Doors(site, readers, scenario.buildings, random),
    population: new Population({ site, part, exceptCards: new Set(exceptCards), whereIs, random }),
    random,
    hostile,
    events,
  });
}
