import type { Action } from '@swipegate/contract/back-office/permissions';
import { Buildings } from '@swipegate/movements/buildings';
import { decisionHistory } from '@swipegate/movements/decision-history';
import { decisionHistoryRoutes } from '@swipegate/movements/decision-history-routes';
import { musterList } from '@swipegate/movements/muster-list';
import { musterRoutes } from '@swipegate/movements/muster-routes';
import { occupancyLog } from '@swipegate/movements/occupancy-log';
import { occupancyRoutes } from '@swipegate/movements/occupancy-routes';
import type { RouteAccess } from '@swipegate/movements/route-access';
import type { FastifyInstance } from 'fastify';
import { userOf } from '../sign-in/authenticate.js';
import { type AdminRouteOptions, SECURITY } from './admin-routes.js';

/** Movement history, muster and occupancy: the gateway's operator routes, for users whose role allows them. */
export function movementRoutes(app: FastifyInstance, { dynamodb, tables }: AdminRouteOptions): void {
  const buildings = new Buildings(dynamodb, tables.TABLE_SITE);
  const access = (action: Action): RouteAccess => ({
    tenantOf: (request) => userOf(request).tenantId,
    security: SECURITY,
    config: { action },
  });
  decisionHistoryRoutes(app, {
    ...access('swipes.read'),
    decisions: decisionHistory(dynamodb, tables.TABLE_DECISIONS),
  });
  musterRoutes(app, { ...access('muster.read'), muster: musterList(dynamodb, buildings, tables) });
  occupancyRoutes(app, { ...access('muster.read'), occupancy: occupancyLog(dynamodb, buildings, tables) });
}
