import {
  BuildingId,
  CardId,
  DEFAULT_PAGE_ITEMS,
  Decision,
  EmployeeId,
  type Muster,
  type Occupancy,
  ReaderId,
  ZoneId,
} from '@swipegate/contract';
import { formatParameters, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkHeader, linkNext, pageParameters, rangeOf, rangeParameters } from '@swipegate/http/list-parameters';
import { badParameter, problemResponses, unknownId } from '@swipegate/http/problem-details';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { MovementQueries } from './movement-queries.js';

/** The caller authenticates requests. */
export interface MovementAccess extends MovementQueries {
  /** Tenant whose rows a request may read. */
  tenantOf(request: FastifyRequest): string;
  /** Security requirement in OpenAPI. */
  security: readonly Readonly<Record<string, readonly string[]>>[];
  config?: FastifyContextConfig;
}

const HistoryQuery = Type.Object({
  ...rangeParameters,
  order: Type.Optional(
    Type.Enum(['asc', 'desc'], { default: 'desc', description: '`desc`: newest first; `asc`: oldest first' }),
  ),
  ...pageParameters,
  ...formatParameters,
});

const DECISION_COLUMNS = Object.keys(Decision.properties);

const BY_EVENT_TIME =
  'Ordered by the time of the event on the clock that the rules used; for offline swipes that is the reader’s clock.';

const HISTORIES = [
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
export function historyRoutes(app: FastifyInstance, access: MovementAccess): void {
  for (const { kind, url, params, summary, order: inOrder } of HISTORIES) {
    app.get<{ Params: Record<string, string>; Querystring: Type.Static<typeof HistoryQuery> }>(
      url,
      {
        ...(access.config && { config: access.config }),
        schema: {
          summary,
          description: `${inOrder} The index behind it is updated a moment after each decision.`,
          tags: ['operators'],
          security: access.security,
          params,
          querystring: HistoryQuery,
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
        const table = { fileName: `${kind}-${id}-events`, columns: DECISION_COLUMNS, rows: page.items };
        return sendCsv(reply, table, request.query);
      },
    );
  }
}

const BuildingParams = Type.Object({ buildingId: BuildingId });
const MusterQuery = Type.Object({ zone: Type.Optional(ZoneId), ...formatParameters });

const MUSTER_COLUMNS = [
  'name',
  'employeeId',
  'cardId',
  'zoneId',
  'since',
  'asOf',
  'cardState',
  'readerId',
  'direction',
];

/** GET /v1/buildings/{buildingId}/muster: the people inside. Not in pages, because it is read during evacuations. */
export function musterRoutes(app: FastifyInstance, access: MovementAccess): void {
  app.get<{ Params: Type.Static<typeof BuildingParams>; Querystring: Type.Static<typeof MusterQuery> }>(
    '/v1/buildings/:buildingId/muster',
    {
      ...(access.config && { config: access.config }),
      schema: {
        summary: 'Read the people inside',
        description:
          'All people whose card went in and has not gone out, as JSON or CSV, without pages. The list comes from an ' +
          'index that DynamoDB updates a moment after the decision (usually well under a second), so a person who passed ' +
          'a door just before `asOf` may be missing. A person who left without a swipe is still listed. ' +
          'Each is shown as last seen: zone, time, reader and direction of the swipe that moved them last, and the state of ' +
          'their card if it is not active.',
        tags: ['operators'],
        security: access.security,
        params: BuildingParams,
        querystring: MusterQuery,
        response: {
          200: { description: 'The people inside', content: jsonOrCsv({ $ref: 'Muster#' }) },
          ...problemResponses(400, 401, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const tenantId = access.tenantOf(request);
      const { buildingId } = request.params;
      const { zone: zoneId, format } = request.query;
      const asOf = new Date().toISOString();
      const result = await databaseAnswer(request, access.muster(tenantId, { buildingId, zoneId }));
      if (!result.found) {
        throw result.unknown === 'building'
          ? unknownId('building', buildingId)
          : badParameter('zone', `is not a zone of the building ${buildingId}`);
      }
      const { people, namesError, cardsError } = result;
      if (namesError !== undefined) request.log.warn({ err: namesError }, 'muster list sent without names');
      if (cardsError !== undefined) request.log.warn({ err: cardsError }, 'muster list sent without states of cards');
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (wantsCsv(request, format)) {
        const rows = people.map((person) => ({ ...person, asOf }));
        const table = { fileName: `muster-${zoneId ?? buildingId}-${asOf}`, columns: MUSTER_COLUMNS, rows };
        return sendCsv(reply, table, request.query);
      }
      const muster: Muster = {
        buildingId,
        ...(zoneId === undefined ? {} : { zoneId }),
        asOf,
        ...(namesError === undefined ? {} : { namesMissing: true }),
        ...(cardsError === undefined ? {} : { cardsMissing: true }),
        people,
      };
      return muster;
    },
  );
}

const OccupancyQuery = Type.Object({ ...rangeParameters, ...pageParameters });

/** GET /v1/buildings/{buildingId}/occupancy: the number of people inside, now and by minute. */
export function occupancyRoutes(app: FastifyInstance, access: MovementAccess): void {
  app.get<{ Params: Type.Static<typeof BuildingParams>; Querystring: Type.Static<typeof OccupancyQuery> }>(
    '/v1/buildings/:buildingId/occupancy',
    {
      ...(access.config && { config: access.config }),
      schema: {
        summary: 'Read the number of people inside',
        description:
          'The current count, and one sample per minute, oldest first. Default range: the last 24 hours. Both come from ' +
          'an index that DynamoDB updates a moment after the decision.',
        tags: ['operators'],
        security: access.security,
        params: BuildingParams,
        querystring: OccupancyQuery,
        response: {
          200: { description: 'The current count and a page of samples', headers: linkHeader, $ref: 'Occupancy#' },
          ...problemResponses(400, 401, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply): Promise<Occupancy> => {
      const tenantId = access.tenantOf(request);
      const { buildingId } = request.params;
      const { limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const range = rangeOf(request.query);
      const nowMs = Date.now();
      const pending = access.occupancy(tenantId, { buildingId, ...range, limit, cursor, nowMs });
      const page = await databaseAnswer(request, pending);
      if (page === undefined) throw unknownId('building', buildingId);
      linkNext(request, reply, page.nextCursor);
      return { buildingId, asOf: new Date(nowMs).toISOString(), ...page };
    },
  );
}
