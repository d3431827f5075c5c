import type { FastifyInstance } from 'fastify';
import { Buildings } from '../../../gateway/queries/buildings.js';
import { decisionHistory } from '../../../gateway/queries/decision-history.js';
import { musterList } from '../../../gateway/queries/muster-list.js';
import { occupancyLog } from '../../../gateway/queries/occupancy-log.js';
import { decisionHistoryRoutes } from '../../../gateway/routes/decision-history.js';
import { musterRoutes } from '../../../gateway/routes/muster.js';
import { occupancyRoutes } from '../../../gateway/routes/occupancy.js';
import { limitByKey } from '../../../gateway/routes/post-items.js';
import { userOf } from '../authenticate.js';
import type { Action } from '../permissions.js';
import { type AdminRouteOptions, SECURITY } from './admin-routes.js';

/** Who went where, and who is inside: the gateway's own routes for operators, here for users whose role allows it. */
export function movementRoutes(app: FastifyInstance, { dynamodb, tables, allow }: AdminRouteOptions): void {
  const buildings = new Buildings(dynamodb, tables.TABLE_SITE);
  // API Gateway limits the rate: the option is the gateway's, and without its plugin it does nothing.
  const rateLimit = limitByKey(1);
  const room = (action: Action, routes: (app: FastifyInstance) => void): void => {
    void app.register(async (room) => {
      // The routes say that they take an operator's key, which this API knows nothing of.
      room.addHook('onRoute', (route) => {
        route.schema = { ...route.schema, security: SECURITY };
      });
      room.addHook('onRequest', allow(action));
      room.addHook('onRequest', async (request) => {
        const { tenantId, userName } = userOf(request);
        request.principal = {
          keyId: userName,
          tenantId,
          role: 'operator',
          readerIds: new Set(),
          endsMs: Number.POSITIVE_INFINITY,
        };
      });
      routes(room);
    });
  };
  app.decorateRequest('principal', null);
  room('swipes.read', (room) =>
    decisionHistoryRoutes(room, { decisions: decisionHistory(dynamodb, tables.TABLE_DECISIONS), rateLimit }),
  );
  room('muster.read', (room) => {
    musterRoutes(room, { muster: musterList(dynamodb, buildings, tables), rateLimit });
    occupancyRoutes(room, { occupancy: occupancyLog(dynamodb, buildings, tables), rateLimit });
  });
}
