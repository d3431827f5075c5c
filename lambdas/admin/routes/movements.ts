import type { Action } from '@swipegate/contract/back-office/permissions';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import { Buildings } from '@swipegate/movements/buildings';
import { movementQueries } from '@swipegate/movements/movement-queries';
import { historyRoutes, musterRoutes, occupancyRoutes } from '@swipegate/movements/movement-routes';
import { rollCallRoutes } from '@swipegate/movements/roll-calls/roll-call-routes';
import { RollCalls } from '@swipegate/movements/roll-calls/roll-calls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AdminRouteOptions, SECURITY } from './admin-routes.js';

/** Movement history, muster and occupancy: the gateway's operator routes, for users whose role allows them. And roll calls. */
export function movementRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  const queries = movementQueries(dynamodb, tables);
  const access = (action: Action) => ({
    ...queries,
    tenantOf: (request: FastifyRequest) => userOf(request).tenantId,
    security: SECURITY,
    config: { action },
  });
  historyRoutes(app, access('swipes.read'));
  musterRoutes(app, access('muster.read'));
  occupancyRoutes(app, access('muster.read'));
  const { decisions, muster, names } = queries;
  const buildings = new Buildings(dynamodb, tables);
  const tableName = tables.TABLE_ROLL_CALLS;
  const rollCalls = new RollCalls({ dynamodb, tableName, buildings, decisions, muster, names });
  rollCallRoutes(app, { rollCalls, security: SECURITY });
}
