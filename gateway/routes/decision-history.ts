import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import { CardId, DEFAULT_PAGE_ITEMS, Decision, EmployeeId, ReaderId } from '../contract/index.js';
import type { DecisionHistory } from '../queries/decision-history.js';
import { formatParameter, jsonOrCsv, sendCsv, wantsCsv } from './csv.js';
import { databaseAnswer } from './database-answer.js';
import { problemResponses } from './documented-problems.js';
import { linkHeader, linkNext, pageParameters, rangeOf, rangeParameters } from './list-parameters.js';
import type { RateLimit } from './operator-routes.js';

const Query = Type.Object({
  ...rangeParameters,
  order: Type.Optional(
    Type.Enum(['asc', 'desc'], { default: 'desc', description: '`desc`: newest first; `asc`: oldest first' }),
  ),
  ...pageParameters,
  ...formatParameter,
});

const COLUMNS = Object.keys(Decision.properties);

const BY_WHAT_HAPPENED =
  'In the order in which it happened by the clock that the rules went by, which for what a reader did offline is the ' +
  'reader’s own.';

const RESOURCES = [
  {
    kind: 'card',
    url: '/v1/cards/:cardId/events',
    params: Type.Object({ cardId: CardId }),
    summary: 'Read the decisions of a card',
    order: BY_WHAT_HAPPENED,
  },
  {
    kind: 'employee',
    url: '/v1/employees/:employeeId/events',
    params: Type.Object({ employeeId: EmployeeId }),
    summary: 'Read the decisions of a cardholder',
    order: `With whatever card. ${BY_WHAT_HAPPENED}`,
  },
  {
    kind: 'reader',
    url: '/v1/readers/:readerId/events',
    params: Type.Object({ readerId: ReaderId }),
    summary: 'Read the decisions of a reader',
    order: 'In the order in which they were made (`decidedAt`).',
  },
] as const;

/** GET /v1/{cards,employees,readers}/{id}/events: what was decided, page by page. */
export function decisionHistoryRoutes(
  app: FastifyInstance,
  options: { decisions: DecisionHistory; rateLimit: RateLimit },
): void {
  for (const { kind, url, params, summary, order: inOrder } of RESOURCES) {
    app.get<{ Params: Record<string, string>; Querystring: Type.Static<typeof Query> }>(
      url,
      {
        config: { rateLimit: options.rateLimit },
        schema: {
          summary,
          description: `${inOrder} Read from an index that DynamoDB updates a moment after the decision.`,
          tags: ['operators'],
          security: [{ operatorKey: [] }],
          params,
          querystring: Query,
          response: {
            200: { description: 'A page', headers: linkHeader, content: jsonOrCsv({ $ref: 'DecisionPage#' }) },
            ...problemResponses(400, 401, 403, 429, 503),
          },
        },
      },
      async (request, reply) => {
        const { tenantId } = principalOf(request);
        const id = request.params[`${kind}Id`] ?? '';
        const { order = 'desc', limit = DEFAULT_PAGE_ITEMS, cursor, format } = request.query;
        const range = rangeOf(request.query);
        const asked = options.decisions(tenantId, { subject: { kind, id }, ...range, order, limit, cursor });
        const page = await databaseAnswer(request, asked);
        linkNext(request, reply, page.nextCursor);
        reply.header('vary', 'accept');
        if (!wantsCsv(request, format)) return page;
        return sendCsv(reply, { fileName: `${kind}-${id}-events`, columns: COLUMNS, rows: page.items });
      },
    );
  }
}
