import { DEFAULT_PAGE_ITEMS, DisplayName, Employee, type EmployeeDetail, EmployeeId, Why } from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkNext, pageParameters } from '@swipegate/http/list-parameters';
import { unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { versionOf } from '../../stores/changes/entries.js';
import { linkedTo, readCardsWithPresence } from '../directory/cards.js';
import { employeePage, findEmployee } from '../directory/employees.js';
import {
  type AdminRouteOptions,
  changeRoute,
  etagOf,
  pageResponses,
  readResponses,
  SECURITY,
  WhyBody,
} from './admin-routes.js';

const Params = Type.Object({ employeeId: EmployeeId });
type Params = Type.Static<typeof Params>;

const Search = Type.Object({
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        'Finds names, ids and card numbers that hold each of the words, in any order, without regard to case and ' +
        'accents; an umlaut may be spelt out (mueller). Also finds the holder of a card by its number in any form',
    }),
  ),
  state: Type.Optional(
    Type.Enum(['active', 'inactive'], { description: 'Only active employees, or only inactive ones' }),
  ),
  cards: Type.Optional(
    Type.Enum(['with', 'without'], { description: 'Only employees with a linked card, or only those without one' }),
  ),
  ...pageParameters,
});

const { employeeId: _, ...settable } = Employee.properties;
const EmployeeBody = Type.Object({ ...settable, name: DisplayName, why: Why }, { additionalProperties: false });
type EmployeeBody = Type.Static<typeof EmployeeBody>;

/** Routes that find, create, change and erase employees. */
export function employeeRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  app.get<{ Querystring: Type.Static<typeof Search> }>(
    '/v1/employees',
    {
      config: { action: 'employees.read' },
      schema: {
        summary: 'List employees',
        description: 'Sorted by name, with their cards.',
        tags: ['employees'],
        security: SECURITY,
        querystring: Search,
        response: pageResponses('EmployeePage'),
      },
    },
    async (request, reply) => {
      const { limit = DEFAULT_PAGE_ITEMS, cursor, ...search } = request.query;
      const asked = { search: undefined, ...search, limit, cursor };
      const lookup = employeePage(dynamodb, tables, userOf(request).tenantId, asked);
      const page = await databaseAnswer(request, lookup);
      linkNext(request, reply, page.nextCursor);
      return page;
    },
  );

  app.get<{ Params: Params }>(
    '/v1/employees/:employeeId',
    {
      config: { action: 'employees.read' },
      schema: {
        summary: 'Read an employee',
        description: 'With their cards, and whether each holder is inside.',
        tags: ['employees'],
        security: SECURITY,
        params: Params,
        response: readResponses('The employee', 'EmployeeDetail', 400, 401, 403, 404, 503),
      },
    },
    async (request, reply): Promise<EmployeeDetail> => {
      const user = userOf(request);
      const { employeeId } = request.params;
      const lookup = findEmployee(dynamodb, tables.TABLE_EMPLOYEES, user.tenantId, employeeId);
      const employee = await databaseAnswer(request, lookup);
      if (employee === undefined) throw unknownId('employee', employeeId);
      const { name, active, accessLevelIds, cardIds = [] } = employee;
      const listed = await databaseAnswer(request, readCardsWithPresence(dynamodb, tables, user, cardIds));
      const cards = linkedTo(employeeId, listed);
      const version = versionOf('employee', employee);
      reply.header('etag', etagOf(version));
      return { employeeId, name, active, accessLevelIds, version, cards };
    },
  );

  changeRoute<Params, EmployeeBody>(app, changes, {
    method: 'PUT',
    url: '/v1/employees/:employeeId',
    action: 'employees.write',
    isReplacing: true,
    schema: {
      summary: 'Create or replace an employee',
      description:
        'With If-None-Match: * it creates, with If-Match it replaces. Cards of an inactive employee open no doors. Cards are linked by separate requests.',
      tags: ['employees'],
      params: Params,
      body: EmployeeBody,
    },
    contentOf: ({ params: { employeeId }, body: { why, name, ...members } }) => ({
      type: 'set-employee',
      employee: { employeeId, name: plainText(name), ...members },
    }),
  });

  changeRoute<Params, WhyBody>(app, changes, {
    method: 'POST',
    url: '/v1/employees/:employeeId/outside',
    action: 'muster.write',
    schema: {
      summary: 'Mark an employee as outside',
      description: 'For an employee who left without a swipe. Places them outside with all their cards.',
      tags: ['employees'],
      params: Params,
      body: WhyBody,
    },
    contentOf: ({ params: { employeeId } }) => ({ type: 'mark-outside', employeeId }),
  });

  changeRoute<Params, WhyBody>(app, changes, {
    method: 'POST',
    url: '/v1/employees/:employeeId/erase',
    action: 'erasure.write',
    schema: {
      summary: 'Erase an employee',
      description: 'Removes name, rights and cards. A separate command erases earlier records: see the runbook.',
      tags: ['employees'],
      params: Params,
      body: WhyBody,
    },
    contentOf: ({ params: { employeeId } }) => ({ type: 'erase-employee', employeeId }),
  });
}
