import { BuildingId, type Muster, ZoneId } from '@swipegate/contract';
import { formatParameter, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { buildingNotFound, databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses } from '@swipegate/http/documented-problems';
import { badParameter } from '@swipegate/http/list-parameters';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { MusterList } from './muster-list.js';
import type { RouteAccess } from './route-access.js';

const Params = Type.Object({ buildingId: BuildingId });
const Query = Type.Object({ zone: Type.Optional(ZoneId), ...formatParameter });

const COLUMNS = ['name', 'employeeId', 'cardId', 'zoneId', 'since', 'asOf'];

/** GET /v1/buildings/{buildingId}/muster: who is inside. It is not paginated, as it is read during evacuations. */
export function musterRoutes(app: FastifyInstance, access: RouteAccess & { muster: MusterList }): void {
  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
    '/v1/buildings/:buildingId/muster',
    {
      ...(access.config && { config: access.config }),
      schema: {
        summary: 'Read who is inside',
        description:
          'All people whose card went in and has not gone out, as JSON or CSV, without pages. The list comes from an ' +
          'index that DynamoDB updates a moment after the decision (usually well under a second), so a person who passed ' +
          'a door just before `asOf` may be missing. A person who left without a swipe is still listed.',
        tags: ['operators'],
        security: access.security,
        params: Params,
        querystring: Query,
        response: {
          200: { description: 'Who is inside', content: jsonOrCsv({ $ref: 'Muster#' }) },
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
          ? buildingNotFound(buildingId)
          : badParameter('zone', `is not a zone of the building ${buildingId}`);
      }
      const { people, namesError } = result;
      if (namesError !== undefined) request.log.warn({ err: namesError }, 'muster list sent without names');
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (wantsCsv(request, format)) {
        const rows = people.map((person) => ({ ...person, asOf }));
        return sendCsv(reply, { fileName: `muster-${zoneId ?? buildingId}-${asOf}`, columns: COLUMNS, rows });
      }
      const muster: Muster = {
        buildingId,
        ...(zoneId === undefined ? {} : { zoneId }),
        asOf,
        ...(namesError === undefined ? {} : { namesMissing: true }),
        people,
      };
      return muster;
    },
  );
}
