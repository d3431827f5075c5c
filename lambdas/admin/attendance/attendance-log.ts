import type { Decision } from '@swipegate/contract';
import type { AttendanceDay } from '@swipegate/contract/back-office/attendance';
import { badParameter } from '@swipegate/http/problem-details';
import type { DecisionHistory } from '@swipegate/movements/decision-history';
import type { SiteIndex } from '../../stores/site-cache.js';
import { type AttendanceRules, attendanceOf } from './attendance.js';

/** Days of the calendar, both included, such as 2026-11-25. */
export interface DayRange {
  from: string;
  to: string;
}

export interface AttendanceRequest extends DayRange {
  tenantId: string;
  employeeId: string;
  /** Only visits to this building. */
  buildingId: string | undefined;
  site: SiteIndex;
  /** Longest visit, hours. */
  longestHours: number;
  /** ms since the epoch. */
  nowMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Clocks on walls are ahead of UTC by up to 14 hours, and behind it by up to 12. */
const [MOST_AHEAD_MS, MOST_BEHIND_MS] = [14 * HOUR_MS, 12 * HOUR_MS];
const PAGE_DECISIONS = 1_000;
/** Some 200 a day. A card that a machine swipes has more, and would fill the memory. */
const MOST_DECISIONS = 20_000;

/**
 * Reads one person's days at work. Rejects with a ProblemError if they have too many swipes, or with the SDK's error.
 */
export async function readAttendance(
  decisions: DecisionHistory,
  { tenantId, employeeId, buildingId, site, from, to, longestHours, nowMs }: AttendanceRequest,
): Promise<AttendanceDay[]> {
  const longestMs = longestHours * HOUR_MS;
  const range = {
    // A visit may have begun on the day before, and one of the last day may end on the next.
    fromMs: Date.parse(from) - MOST_AHEAD_MS - longestMs,
    toMs: Date.parse(to) + DAY_MS + MOST_BEHIND_MS + longestMs,
  };
  const found: Decision[] = [];
  let cursor: string | undefined;
  do {
    const page = await decisions(tenantId, {
      subject: { kind: 'employee', id: employeeId },
      ...range,
      order: 'asc',
      limit: PAGE_DECISIONS,
      cursor,
    });
    found.push(...page.items);
    if (found.length > MOST_DECISIONS) {
      throw badParameter(
        'to',
        `must be nearer to from: ${employeeId} has more than ${MOST_DECISIONS} swipes in this time`,
      );
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return attendanceOf(found, rulesOf(site, longestHours, nowMs)).filter(
    (each) => each.day >= from && each.day <= to && (buildingId === undefined || each.buildingId === buildingId),
  );
}

/** @param longestHours as in {@link AttendanceRequest} @param nowMs ms since the epoch */
export function rulesOf({ buildings, readers }: SiteIndex, longestHours: number, nowMs: number): AttendanceRules {
  return {
    timeZoneOf: (buildingId) => buildings.get(buildingId)?.timeZone,
    outerZoneOf: (readerId) => readers.get(readerId)?.outerZoneId,
    longest: longestHours * 3_600,
    now: Math.floor(nowMs / 1_000),
  };
}
