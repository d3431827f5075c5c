import {
  AccessLevelId,
  BuildingId,
  DEFAULT_PAGE_ITEMS,
  EmployeeId,
  EmployeeSummary,
  pageFields,
  Reader,
  ReaderId,
  ScheduleId,
  ZoneId,
  ZonePermit,
} from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkNext, pageParameters } from '@swipegate/http/list-parameters';
import { unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { SiteCache, type SiteIndex } from '../../stores/site-cache.js';
import type { DependedOn } from '../../stores/site-dependents.js';
import { accessLevelsInto, dependentsOf, opensNow, permitFor, zonesOpenTo } from '../directory/access.js';
import { employeePage, findEmployee } from '../directory/employees.js';
import { type AdminRouteOptions, pageResponses, readResponses, SECURITY } from './admin-routes.js';

export const Cardholders = Type.Object(
  {
    mode: { ...Reader.properties.mode, description: 'free: everyone may enter; locked-down: no one may' },
    items: Type.Array(
      Type.Object({
        ...EmployeeSummary.properties,
        accessLevelIds: Type.Array(AccessLevelId, { description: 'Access levels that lead to the zone' }),
        permit: Type.Optional({ ...ZonePermit, description: 'A permit for the zone that is not over' }),
        isOpenNow: Type.Boolean({ description: 'The permit or a schedule of these access levels is open now' }),
      }),
    ),
    ...pageFields,
  },
  {
    $id: 'Cardholders',
    description: 'Active employees whose access levels or permits cover the zone behind a reader, by name',
  },
);

export const EmployeeAccess = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        zoneId: ZoneId,
        buildingId: BuildingId,
        accessLevelIds: Type.Array(AccessLevelId),
        scheduleIds: Type.Array(ScheduleId),
        readerIds: Type.Array(ReaderId, { description: 'Readers that lead into the zone' }),
        permit: Type.Optional({ ...ZonePermit, description: 'A permit for the zone that is not over' }),
        isOpenNow: Type.Boolean(),
      }),
    ),
  },
  { $id: 'EmployeeAccess', description: 'Zones that an employee’s access levels and permits cover' },
);

export const SiteDependents = Type.Object(
  {
    zones: Type.Array(ZoneId),
    readers: Type.Array(ReaderId),
    accessLevels: Type.Array(AccessLevelId),
    employees: Type.Integer({ minimum: 0, description: 'Employees with the access level' }),
    peopleInside: Type.Integer({ minimum: 0, description: 'People inside the zone or the building' }),
  },
  { $id: 'SiteDependents', description: 'Entries and people that depend on an entry of the site' },
);

interface Entry {
  kind: DependedOn;
  noun: Parameters<typeof unknownId>[0];
  id: string;
  idSchema: Type.TString;
  rows(site: SiteIndex): ReadonlyMap<string, unknown>;
}

const ENTRIES: readonly Entry[] = [
  { kind: 'buildings', noun: 'building', id: 'buildingId', idSchema: BuildingId, rows: (site) => site.buildings },
  { kind: 'zones', noun: 'zone', id: 'zoneId', idSchema: ZoneId, rows: (site) => site.zones },
  { kind: 'schedules', noun: 'schedule', id: 'scheduleId', idSchema: ScheduleId, rows: (site) => site.schedules },
  {
    kind: 'access-levels',
    noun: 'access level',
    id: 'accessLevelId',
    idSchema: AccessLevelId,
    rows: (site) => site.accessLevels,
  },
  { kind: 'readers', noun: 'reader', id: 'readerId', idSchema: ReaderId, rows: (site) => site.readers },
];

const ReaderParams = Type.Object({ readerId: ReaderId });
const EmployeeParams = Type.Object({ employeeId: EmployeeId });
const Page = Type.Object(pageParameters);

/** Routes that answer who may enter where, and what depends on an entry of the site. */
export function accessRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  const sites = new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs: 0 });

  app.get<{ Params: Type.Static<typeof ReaderParams>; Querystring: Type.Static<typeof Page> }>(
    '/v1/readers/:readerId/cardholders',
    {
      config: { action: 'employees.read' },
      schema: {
        summary: 'Who may enter here?',
        description:
          'Active employees whose access levels or permits cover the zone behind the reader, by name. Leaving is open to ' +
          'everyone. ' +
          'Cards that are blocked, and rules such as anti-passback, can still deny a swipe.',
        tags: ['access'],
        security: SECURITY,
        params: ReaderParams,
        querystring: Page,
        response: {
          ...pageResponses('Cardholders'),
          ...readResponses('A page', 'Cardholders', 400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId } = userOf(request);
      const { readerId } = request.params;
      const { limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const site = await databaseAnswer(request, sites.siteOf(tenantId, []));
      const reader = site.readers.get(readerId);
      if (reader === undefined) throw unknownId('reader', readerId);
      const accessLevelIds = accessLevelsInto(reader, site);
      const search = { search: undefined, into: { zoneId: reader.zoneId, accessLevelIds }, limit, cursor };
      const page = await databaseAnswer(request, employeePage(dynamodb, tables, tenantId, search));
      linkNext(request, reply, page.nextCursor);
      const now = Date.now();
      const items = page.items.map(({ zonePermits, ...employee }) => {
        const holder = { ...employee, ...(zonePermits && { zonePermits }) };
        const permit = permitFor(reader.zoneId, holder, now);
        return {
          ...employee,
          accessLevelIds: employee.accessLevelIds.filter((id) => accessLevelIds.includes(id)),
          ...(permit && { permit }),
          isOpenNow: opensNow(reader, site, holder, now),
        };
      });
      return { ...page, mode: reader.mode, items };
    },
  );

  app.get<{ Params: Type.Static<typeof EmployeeParams> }>(
    '/v1/employees/:employeeId/access',
    {
      config: { action: 'employees.read' },
      schema: {
        summary: 'Where may this person go?',
        description:
          'The zones that their access levels and permits cover, whether they are open now, and the doors that lead there.',
        tags: ['access'],
        security: SECURITY,
        params: EmployeeParams,
        response: readResponses('The zones', 'EmployeeAccess', 400, 401, 403, 404, 503),
      },
    },
    async (request) => {
      const { tenantId } = userOf(request);
      const { employeeId } = request.params;
      const [employee, site] = await databaseAnswer(
        request,
        Promise.all([findEmployee(dynamodb, tables.TABLE_EMPLOYEES, tenantId, employeeId), sites.siteOf(tenantId, [])]),
      );
      if (employee === undefined) throw unknownId('employee', employeeId);
      return { items: zonesOpenTo(employee, site, Date.now()) };
    },
  );

  for (const { kind, noun, id: param, idSchema, rows } of ENTRIES) {
    app.get<{ Params: Record<string, string> }>(
      `/v1/${kind}/:${param}/dependents`,
      {
        config: { action: 'site.read' },
        schema: {
          summary: `What depends on this ${noun}?`,
          description: 'A removal is rejected until nothing does. A reader’s keys end with it.',
          tags: ['access'],
          security: SECURITY,
          params: Type.Object({ [param]: idSchema }),
          response: readResponses('The dependents', 'SiteDependents', 400, 401, 403, 404, 503),
        },
      },
      async (request) => {
        const { tenantId } = userOf(request);
        const id = request.params[param] ?? '';
        const site = await databaseAnswer(request, sites.siteOf(tenantId, []));
        if (!rows(site).has(id)) throw unknownId(noun, id);
        return await databaseAnswer(request, dependentsOf(dynamodb, tables, { tenantId, site, kind, id }));
      },
    );
  }
}
