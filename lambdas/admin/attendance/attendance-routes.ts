import { inLanes } from '@swipegate/aws/in-lanes';
import { AccessLevelId, BuildingId, EmployeeId } from '@swipegate/contract';
import {
  type AttendanceEntry,
  type AttendancePage,
  CalendarDay,
  DEFAULT_LONGEST_HOURS,
  MAX_ATTENDANCE_DAYS,
  MAX_LONGEST_HOURS,
} from '@swipegate/contract/back-office/attendance';
import { attendanceTable } from '@swipegate/contract/back-office/attendance-table';
import { formatParameters, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkHeader, linkNext, pageParameters } from '@swipegate/http/list-parameters';
import { badParameter, problemResponses, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import { decisionHistory } from '@swipegate/movements/decision-history';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { SiteCache } from '../../stores/site-cache.js';
import { employeePage, findEmployee } from '../directory/employees.js';
import { type AdminRouteOptions, SECURITY } from '../routes/admin-routes.js';
import { type DayRange, readAttendance } from './attendance-log.js';

/** People per page unless the request says otherwise. Each has a query of their own. */
const DEFAULT_PEOPLE = 50;
const MAX_PEOPLE = 100;
const CONCURRENT_PEOPLE = 8;
const DAY_MS = 86_400_000;

const AttendanceQuery = Type.Object({
  from: { ...CalendarDay, description: 'First day, by the clock of each building' },
  to: { ...CalendarDay, description: `Last day, inclusive; at most ${MAX_ATTENDANCE_DAYS} days` },
  employee: Type.Optional({ ...EmployeeId, description: 'Only this person' }),
  accessLevel: Type.Optional({ ...AccessLevelId, description: 'Only active employees with this access level' }),
  building: Type.Optional({ ...BuildingId, description: 'Only visits to this building' }),
  longestHours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_LONGEST_HOURS,
      default: DEFAULT_LONGEST_HOURS,
      description: 'A visit whose swipes are further apart lacks its way out, hours',
    }),
  ),
  by: Type.Optional(
    Type.Enum(['building', 'zone'], { default: 'building', description: 'A line of the CSV for each of these' }),
  ),
  ...pageParameters,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PEOPLE,
      default: DEFAULT_PEOPLE,
      description: 'Maximum number of people per page, with or without visits',
    }),
  ),
  ...formatParameters,
});

/** GET /v1/attendance: first in, last out and time inside, by person, day, building and zone. */
export function attendanceRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  const sites = new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs: 0 });
  const decisions = decisionHistory(dynamodb, tables.TABLE_DECISIONS);

  app.get<{ Querystring: Type.Static<typeof AttendanceQuery> }>(
    '/v1/attendance',
    {
      config: { action: 'attendance.read' },
      schema: {
        summary: 'Read days at work',
        description:
          'First way in, last way out and time inside, by person, day, building and zone. A visit belongs to the day on ' +
          'which it began, by the clock of the building. A swipe that is missing is counted as missing, and the time that ' +
          'it would bound is not counted. Covers the time for which the table keeps decisions.',
        tags: ['attendance'],
        security: SECURITY,
        querystring: AttendanceQuery,
        response: {
          200: { description: 'A page', headers: linkHeader, content: jsonOrCsv({ $ref: 'AttendancePage#' }) },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId } = userOf(request);
      const { employee, accessLevel, building, longestHours = DEFAULT_LONGEST_HOURS, by, format } = request.query;
      const { limit = DEFAULT_PEOPLE, cursor } = request.query;
      const range = daysOf(request.query);
      if (employee !== undefined && accessLevel !== undefined) {
        throw badParameter('accessLevel', 'cannot be combined with employee: send one of the two');
      }
      const site = await databaseAnswer(request, sites.siteOf(tenantId, []));
      if (building !== undefined && !site.buildings.has(building)) throw unknownId('building', building);
      if (accessLevel !== undefined && !site.accessLevels.has(accessLevel)) {
        throw unknownId('access level', accessLevel);
      }
      const people = await databaseAnswer(
        request,
        employee === undefined
          ? employeePage(dynamodb, tables, tenantId, {
              search: undefined,
              ...(accessLevel === undefined ? {} : { accessLevelIds: [accessLevel] }),
              limit,
              cursor,
            })
          : onlyPerson(employee, findEmployee(dynamodb, tables.TABLE_EMPLOYEES, tenantId, employee)),
      );
      const daysOfPeople = new Map<string, AttendanceEntry[]>();
      const asked = { tenantId, buildingId: building, site, ...range, longestHours, nowMs: Date.now() };
      const reading = inLanes(people.items, CONCURRENT_PEOPLE, async ({ employeeId, name }) => {
        const days = await readAttendance(decisions, { ...asked, employeeId });
        daysOfPeople.set(
          employeeId,
          days.map((day) => ({ employeeId, name, ...day })),
        );
      });
      await databaseAnswer(request, reading);
      const items = people.items.flatMap(({ employeeId }) => daysOfPeople.get(employeeId) ?? []);
      linkNext(request, reply, people.nextCursor);
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (wantsCsv(request, format)) {
        const table = attendanceTable(items, by ?? 'building');
        return sendCsv(reply, { fileName: `attendance-${range.from}-${range.to}`, ...table }, request.query);
      }
      const { nextCursor } = people;
      const page: AttendancePage = { items, ...(nextCursor === undefined ? {} : { nextCursor }) };
      return page;
    },
  );
}

async function onlyPerson(
  employeeId: string,
  found: Promise<{ employeeId: string; name: string } | undefined>,
): Promise<{ items: { employeeId: string; name: string }[]; nextCursor?: string }> {
  const person = await found;
  if (person === undefined) throw unknownId('employee', employeeId);
  return { items: [person] };
}

/** @throws {ProblemError} `bad-request` for days that do not exist, are in the wrong order or too many */
function daysOf({ from, to }: DayRange): DayRange {
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const ms = Date.parse(day);
    if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, day.length) !== day) {
      throw badParameter(field, `must be a day that exists, such as 2026-11-25, not ${day}`);
    }
  }
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw badParameter('to', 'must not be before from');
  if (days > MAX_ATTENDANCE_DAYS) {
    throw badParameter('to', `must be at most ${MAX_ATTENDANCE_DAYS - 1} days after from: ask for one month at a time`);
  }
  return { from, to };
}
