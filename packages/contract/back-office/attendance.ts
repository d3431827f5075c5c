import Type from 'typebox';
import { BuildingId, EmployeeId, Timestamp, ZoneId } from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';

/** Longest time between the first swipe of a visit and its last one, hours, unless the request says otherwise. */
export const DEFAULT_LONGEST_HOURS = 16;
export const MAX_LONGEST_HOURS = 48;
/** Most days of one request. */
export const MAX_ATTENDANCE_DAYS = 31;

/** A day of the calendar. */
export const CalendarDay = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'Day on the wall clock of the building, such as 2026-11-25',
});

const atWork = {
  firstIn: Type.Optional({ ...Timestamp, description: 'First way in, with the offset of the building’s clock' }),
  lastOut: Type.Optional({
    ...Timestamp,
    description: 'Way out that ended the last visit, perhaps on the next day. Absent: no swipe out ended it',
  }),
  seconds: Type.Integer({ minimum: 0, description: 'Time between two swipes that both exist, seconds' }),
};

export const ZoneAttendance = Type.Object({ zoneId: ZoneId, ...atWork });
export type ZoneAttendance = Type.Static<typeof ZoneAttendance>;

/** One person’s visits to one building that began on one day. */
export const AttendanceDay = Type.Object({
  day: CalendarDay,
  buildingId: BuildingId,
  ...atWork,
  missingIn: Type.Integer({ minimum: 0, description: 'Number of visits without a swipe in' }),
  missingOut: Type.Integer({ minimum: 0, description: 'Number of visits without a swipe out' }),
  isInside: Type.Boolean({
    description: 'The last visit has not ended yet; the time since the last swipe does not count',
  }),
  zones: Type.Array(ZoneAttendance, { description: 'By zone id. Their seconds add up to those of the day' }),
});
export type AttendanceDay = Type.Static<typeof AttendanceDay>;

export const AttendanceEntry = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  ...AttendanceDay.properties,
});
export type AttendanceEntry = Type.Static<typeof AttendanceEntry>;

export const AttendancePage = Type.Object(
  { items: Type.Array(AttendanceEntry), ...pageFields },
  { $id: 'AttendancePage', description: 'Days at work: by name, then by day and building' },
);
export type AttendancePage = Type.Static<typeof AttendancePage>;
