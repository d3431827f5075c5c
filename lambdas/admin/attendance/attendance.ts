import { type Decision, instantMs } from '@swipegate/contract';
import type { AttendanceDay, ZoneAttendance } from '@swipegate/contract/back-office/attendance';
import { offsetAt } from '@swipegate/contract/values/wall-clock';

/** Time in one zone. A swipe that does not exist is absent. Instants are whole seconds since the epoch. */
export interface Stay {
  zoneId: string;
  from?: number;
  to?: number;
}

/** From one way into a building to the next way out of it. */
export interface Visit {
  buildingId: string;
  /** First swipe of the visit, seconds since the epoch. */
  began: number;
  /** In order of time, without gaps. */
  stays: Stay[];
  end: 'out' | 'missing-out' | 'inside';
}

export interface AttendanceRules {
  /** IANA time zone of a building. Undefined, for a building that no longer exists, counts as UTC. */
  timeZoneOf(buildingId: string): string | undefined;
  /** Zone into which the way out of a reader leads; undefined: outdoors. */
  outerZoneOf(readerId: string): string | undefined;
  /** Longest time between the first swipe of a visit and its last one, seconds. */
  longest: number;
  /** Seconds since the epoch. */
  now: number;
}

/**
 * Returns a person's visits. Invents no swipe: a visit whose way in or out is missing says so. Pure.
 * @param decisions the person's, in order of the time of the event
 */
export function visitsOf(decisions: Iterable<Decision>, rules: Omit<AttendanceRules, 'timeZoneOf'>): Visit[] {
  const { outerZoneOf, longest, now } = rules;
  const visits: Visit[] = [];
  let open: Visit | undefined;
  const begin = (buildingId: string, began: number, stay: Stay): Visit => {
    const visit: Visit = { buildingId, began, stays: [stay], end: 'missing-out' };
    visits.push(visit);
    return visit;
  };
  for (const decision of decisions) {
    const { buildingId, zoneId } = decision;
    if (buildingId === undefined || zoneId === undefined || !isPassage(decision)) continue;
    const at = Math.floor(instantMs(decision[decision.timeBasis]) / 1_000);
    if (open !== undefined && (open.buildingId !== buildingId || at - open.began > longest)) open = undefined;
    const last: Stay | undefined = open?.stays.at(-1);
    if (decision.direction === 'in') {
      // A second way into the same zone: the way out between them is missing.
      if (open === undefined || last === undefined || last.zoneId === zoneId) {
        open = begin(buildingId, at, { zoneId, from: at });
      } else {
        last.to = at;
        open.stays.push({ zoneId, from: at });
      }
      continue;
    }
    if (open === undefined || last === undefined) open = begin(buildingId, at, { zoneId, to: at });
    else last.to = at;
    const outer = outerZoneOf(decision.readerId);
    if (outer !== undefined) {
      open.stays.push({ zoneId: outer, from: at });
      continue;
    }
    open.end = 'out';
    open = undefined;
  }
  if (open !== undefined && now - open.began <= longest) open.end = 'inside';
  return visits;
}

/**
 * Whether the person passed the door: a grant, an offline grant, or a way out, which is never refused. A repeat passes no
 * one: the answer that it repeats did. Follows `isMove` of the decision function.
 */
function isPassage({ outcome, offlineOutcome, direction, repeatOf }: Decision): boolean {
  if (repeatOf !== undefined) return false;
  if (outcome !== 'recorded') return outcome === 'granted';
  return offlineOutcome === undefined ? direction === 'out' : offlineOutcome === 'granted';
}

/**
 * Returns a person's days at work, by day and building. A visit belongs to the day on which it began, by the clock of its
 * building: a night shift has one day. Times are real time, so a night may have an hour more or less when the clock
 * changes. Pure. @param decisions as for {@link visitsOf}
 */
export function attendanceOf(decisions: Iterable<Decision>, rules: AttendanceRules): AttendanceDay[] {
  const days = new Map<string, Visit[]>();
  for (const visit of visitsOf(decisions, rules)) {
    const day = localTime(visit.began, zoneOf(visit, rules)).slice(0, 'YYYY-MM-DD'.length);
    const key = `${day} ${visit.buildingId}`;
    days.set(key, [...(days.get(key) ?? []), visit]);
  }
  return Array.from(days)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, visits]) => dayOf(key.slice(0, 'YYYY-MM-DD'.length), visits, rules));
}

function zoneOf({ buildingId }: Visit, { timeZoneOf }: AttendanceRules): string {
  return timeZoneOf(buildingId) ?? 'UTC';
}

/** @param visits to one building, in order of time; at least one */
function dayOf(day: string, visits: readonly Visit[], rules: AttendanceRules): AttendanceDay {
  const [first, last] = [visits[0], visits.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a day at work has at least one visit');
  const timeZone = zoneOf(first, rules);
  const byZone = new Map<string, Stay[]>();
  for (const stay of visits.flatMap(({ stays }) => stays)) {
    byZone.set(stay.zoneId, [...(byZone.get(stay.zoneId) ?? []), stay]);
  }
  const zones = Array.from(byZone)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([zoneId, stays]): ZoneAttendance => ({
        zoneId,
        ...bounds(stays[0]?.from, stays.at(-1)?.to, timeZone),
        seconds: stays.reduce((sum, stay) => sum + lengthOf(stay), 0),
      }),
    );
  return {
    day,
    buildingId: first.buildingId,
    ...bounds(first.stays[0]?.from, last.end === 'out' ? last.stays.at(-1)?.to : undefined, timeZone),
    seconds: zones.reduce((sum, { seconds }) => sum + seconds, 0),
    missingIn: visits.filter(({ stays }) => stays[0]?.from === undefined).length,
    missingOut: visits.filter(({ end }) => end === 'missing-out').length,
    isInside: last.end === 'inside',
    zones,
  };
}

function lengthOf({ from, to }: Stay): number {
  // Clocks of two readers may differ, but the decisions are in order of time.
  return from === undefined || to === undefined ? 0 : to - from;
}

function bounds(firstIn: number | undefined, lastOut: number | undefined, timeZone: string) {
  return {
    ...(firstIn === undefined ? {} : { firstIn: localTime(firstIn, timeZone) }),
    ...(lastOut === undefined ? {} : { lastOut: localTime(lastOut, timeZone) }),
  };
}

/** RFC 3339 with the offset of the building's clock. @param at seconds since the epoch */
function localTime(at: number, timeZone: string): string {
  const ms = at * 1_000;
  const offsetMs = offsetAt(ms, timeZone);
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const wall = new Date(ms + offsetMs).toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
  return `${wall}${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
