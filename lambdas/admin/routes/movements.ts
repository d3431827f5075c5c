import type { Action } from '@swipegate/contract/back-office/permissions';
import { Buildings } from '@swipegate/movements/buildings';
import { decisionHistory } from '@swipegate/movements/decision-history';
import { decisionHistoryRoutes } from '@swipegate/movements/decision-history-routes';
import { musterList } from '@swipegate/movements/muster-list';
import { musterRoutes } from '@swipegate/movements/muster-routes';
import { occupancyLog } from '@swipegate/movements/occupancy-log';
import { occupancyRoutes } from '@swipegate/movements/occupancy-routes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { userOf } from '../sign-in/authenticate.js';
import { type AdminRouteOptions, SECURITY } from './admin-routes.js';

/** Movement history, muster and occupancy: the gateway's operator routes, for users whose role allows them. */
export function movementRoutes(app: FastifyInstance, { dynamodb, tables, allow }: AdminRouteOptions): void {
  const buildings = new Buildings(dynamodb, tables.TABLE_SITE);
  const access = { tenantOf: (request: FastifyRequest) => userOf(request).tenantId, security: SECURITY };
  const room = (action: Action, routes: (app: FastifyInstance) => void): void => {
    void app.register(async (room) => {
      room.addHook('onRequest', allow(action));
      routes(room);
    });
  };
  room('swipes.read', (room) =>
    decisionHistoryRoutes(room, { ...access, decisions: decisionHistory(dynamodb, tables.TABLE_DECISIONS) }),
  );
  room('muster.read', (room) => {
    musterRoutes(room, { ...access, muster: musterList(dynamodb, buildings, tables) });
    occupancyRoutes(room, { ...access, occupancy: occupancyLog(dynamodb, buildings, tables) });
  });
}
