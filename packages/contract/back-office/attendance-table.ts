import type { AttendanceEntry } from './attendance.js';

/** Columns and rows of a CSV. */
interface AttendanceTable {
  columns: readonly string[];
  rows: readonly Readonly<Record<string, unknown>>[];
}

const OF_BUILDING = [
  ...['employeeId', 'name', 'day', 'buildingId', 'firstIn', 'lastOut', 'hours'],
  ...['missingIn', 'missingOut', 'isInside'],
];
const OF_ZONE = ['employeeId', 'name', 'day', 'buildingId', 'zoneId', 'firstIn', 'lastOut', 'hours'];

/** Returns a row for each person, day and building, or zone of it. */
export function attendanceTable(items: readonly AttendanceEntry[], by: 'building' | 'zone'): AttendanceTable {
  if (by === 'building')
    return { columns: OF_BUILDING, rows: items.map((item) => ({ ...item, hours: hoursOf(item) })) };
  const rows = items.flatMap(({ zones, employeeId, name, day, buildingId }) =>
    zones.map((zone) => ({ employeeId, name, day, buildingId, ...zone, hours: hoursOf(zone) })),
  );
  return { columns: OF_ZONE, rows };
}

/** Hours with two digits after the point. */
export function hoursOf({ seconds }: { seconds: number }): string {
  return (seconds / 3_600).toFixed(2);
}
