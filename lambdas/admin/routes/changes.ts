import { CardId, ChangeId, DEFAULT_PAGE_ITEMS, EmployeeId } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkNext, pageParameters } from '@swipegate/http/list-parameters';
import { badParameter, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type ChangeSubject, changePage, readChanges } from '../directory/changes.js';
import { type AdminRouteOptions, pageResponses, readResponses, SECURITY } from './admin-routes.js';

const Params = Type.Object({ changeId: ChangeId });
const Query = Type.Object({
  cardId: Type.Optional(CardId),
  employeeId: Type.Optional(EmployeeId),
  ...pageParameters,
});
type Query = Type.Static<typeof Query>;

/** Routes that read changes: who did what, when and why, and the progress. */
export function changeRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  app.get<{ Params: Type.Static<typeof Params> }>(
    '/v1/changes/:changeId',
    {
      config: { action: 'events.read' },
      schema: {
        summary: 'Read the progress of a change',
        description: 'The state is accepted, then stored, then applied or rejected with a reason.',
        tags: ['changes'],
        security: SECURITY,
        params: Params,
        response: readResponses('The change', 'ChangeStatus', 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      const { changeId } = request.params;
      const { tenantId } = userOf(request);
      const lookup = readChanges(dynamodb, tables.TABLE_CHANGES, tenantId, [changeId]);
      const change = (await databaseAnswer(request, lookup)).get(changeId);
      reply.header('cache-control', 'no-store');
      if (change === undefined) throw unknownId('change', changeId);
      return change;
    },
  );

  app.get<{ Querystring: Query }>(
    '/v1/changes',
    {
      config: { action: 'events.read' },
      schema: {
        summary: 'List changes',
        description: 'Of a card, of an employee, or all, newest first. New changes appear after a short delay.',
        tags: ['changes'],
        security: SECURITY,
        querystring: Query,
        response: pageResponses('ChangeStatusPage'),
      },
    },
    async (request, reply) => {
      const { limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const { tenantId } = userOf(request);
      const subject = subjectOf(request.query);
      const lookup = changePage(dynamodb, tables.TABLE_CHANGES, tenantId, { subject, limit, cursor });
      const page = await databaseAnswer(request, lookup);
      linkNext(request, reply, page.nextCursor);
      return page;
    },
  );
}

function subjectOf({ cardId, employeeId }: Query): ChangeSubject {
  if (cardId !== undefined && employeeId !== undefined) {
    throw badParameter('employeeId', 'cannot be combined with cardId: send one of the two');
  }
  if (cardId !== undefined) return { kind: 'card', id: cardId };
  return employeeId === undefined ? { kind: 'tenant' } : { kind: 'employee', id: employeeId };
}
