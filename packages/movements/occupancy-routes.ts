import { BuildingId, DEFAULT_PAGE_ITEMS, type Occupancy } from '@swipegate/contract';
import { buildingNotFound, databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses } from '@swipegate/http/documented-problems';
import { linkHeader, linkNext, pageParameters, rangeOf, rangeParameters } from '@swipegate/http/list-parameters';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { OccupancyLog } from './occupancy-log.js';
import type { RouteAccess } from './route-access.js';

const Params = Type.Object({ buildingId: BuildingId });
const Query = Type.Object({ ...rangeParameters, ...pageParameters });

/** GET /v1/buildings/{buildingId}/occupancy: the number of people inside, now and by minute. */
export function occupancyRoutes(app: FastifyInstance, access: RouteAccess & { occupancy: OccupancyLog }): void {
  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
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
        params: Params,
        querystring: Query,
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
      if (page === undefined) throw buildingNotFound(buildingId);
      linkNext(request, reply, page.nextCursor);
      return { buildingId, asOf: new Date(nowMs).toISOString(), ...page };
    },
  );
}
