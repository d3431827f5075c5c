import type { Action } from '@swipegate/contract/back-office/permissions';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import { movementQueries } from '@swipegate/movements/movement-queries';
import { historyRoutes, musterRoutes, occupancyRoutes } from '@swipegate/movements/movement-routes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AdminRouteOptions, SECURITY } from './admin-routes.js';

/** Movement history, muster and occupancy: the gateway's operator routes, for users whose role allows them. */
export function movementRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  const access = (action: Action) => ({
    ...movementQueries(dynamodb, tables),
    tenantOf: (request: FastifyRequest) => userOf(request).tenantId,
    security: SECURITY,
    config: { action },
  });
  historyRoutes(app, access('swipes.read'));
  musterRoutes(app, access('muster.read'));
  occupancyRoutes(app, access('muster.read'));
}
