import { CardId, DEFAULT_PAGE_ITEMS, Decision, EmployeeId, ReaderId } from '@swipegate/contract';
import { formatParameter, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses } from '@swipegate/http/documented-problems';
import { linkHeader, linkNext, pageParameters, rangeOf, rangeParameters } from '@swipegate/http/list-parameters';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { DecisionHistory } from './decision-history.js';
import type { RouteAccess } from './route-access.js';

const Query = Type.Object({
  ...rangeParameters,
  order: Type.Optional(
    Type.Enum(['asc', 'desc'], { default: 'desc', description: '`desc`: newest first; `asc`: oldest first' }),
  ),
  ...pageParameters,
  ...formatParameter,
});

const COLUMNS = Object.keys(Decision.properties);

const BY_EVENT_TIME =
  'Ordered by the time of the event on the clock that the rules used; for offline swipes that is the reader’s clock.';

const RESOURCES = [
  {
    kind: 'card',
    url: '/v1/cards/:cardId/events',
    params: Type.Object({ cardId: CardId }),
    summary: 'Read the decisions of a card',
    order: BY_EVENT_TIME,
  },
  {
    kind: 'employee',
    url: '/v1/employees/:employeeId/events',
    params: Type.Object({ employeeId: EmployeeId }),
    summary: 'Read the decisions of a cardholder',
    order: `Decisions of all the cardholder’s cards. ${BY_EVENT_TIME}`,
  },
  {
    kind: 'reader',
    url: '/v1/readers/:readerId/events',
    params: Type.Object({ readerId: ReaderId }),
    summary: 'Read the decisions of a reader',
    order: 'Ordered by the time of the decision (`decidedAt`).',
  },
] as const;

/** GET /v1/{cards,employees,readers}/{id}/events: decisions, in pages. */
export function decisionHistoryRoutes(
  app: FastifyInstance,
  access: RouteAccess & { decisions: DecisionHistory },
): void {
  for (const { kind, url, params, summary, order: inOrder } of RESOURCES) {
    app.get<{ Params: Record<string, string>; Querystring: Type.Static<typeof Query> }>(
      url,
      {
        ...(access.config && { config: access.config }),
        schema: {
          summary,
          description: `${inOrder} The index behind it is updated a moment after each decision.`,
          tags: ['operators'],
          security: access.security,
          params,
          querystring: Query,
          response: {
            200: { description: 'A page', headers: linkHeader, content: jsonOrCsv({ $ref: 'DecisionPage#' }) },
            ...problemResponses(400, 401, 403, 429, 503),
          },
        },
      },
      async (request, reply) => {
        const tenantId = access.tenantOf(request);
        const id = request.params[`${kind}Id`] ?? '';
        const { order = 'desc', limit = DEFAULT_PAGE_ITEMS, cursor, format } = request.query;
        const range = rangeOf(request.query);
        const pending = access.decisions(tenantId, { subject: { kind, id }, ...range, order, limit, cursor });
        const page = await databaseAnswer(request, pending);
        linkNext(request, reply, page.nextCursor);
        reply.header('vary', 'accept');
        if (!wantsCsv(request, format)) return page;
        return sendCsv(reply, { fileName: `${kind}-${id}-events`, columns: COLUMNS, rows: page.items });
      },
    );
  }
}
