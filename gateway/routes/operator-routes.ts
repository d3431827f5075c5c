import {
  AlarmPage,
  DecisionPage,
  ForgivePassback,
  LatestDenials,
  Muster,
  Occupancy,
  PassbackForgiven,
  SilentReaderPage,
} from '@swipegate/contract';
import { refuseUnknownParameters } from '@swipegate/http/list-parameters';
import { historyRoutes, musterRoutes, occupancyRoutes } from '@swipegate/movements/movement-routes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import { limitByKey } from '../auth/rate-limit.js';
import type { LatestDenials as DenialStore } from '../decisions/latest-denials.js';
import { useJsonBody } from '../intake/parse-body.js';
import type { Queries } from '../queries/queries.js';
import { alarmRoutes } from './alarms.js';
import { forgivePassbackRoutes } from './forgive-passback.js';
import { latestDenialRoutes } from './latest-denials.js';
import { silentReaderRoutes } from './silent-readers.js';

/** All routes for an operator's key. The caller adds authentication. */
export function operatorRoutes(
  app: FastifyInstance,
  options: { queries: Queries; latestDenials: DenialStore; rateLimitPerSecond: number },
): void {
  for (const schema of [
    AlarmPage,
    DecisionPage,
    ForgivePassback,
    LatestDenials,
    Muster,
    Occupancy,
    PassbackForgiven,
    SilentReaderPage,
  ]) {
    app.addSchema(schema);
  }
  refuseUnknownParameters(app);
  useJsonBody(app);
  const rateLimit = limitByKey(options.rateLimitPerSecond);
  const own = { ...options.queries, latestDenials: options.latestDenials, rateLimit };
  const access = {
    ...options.queries,
    tenantOf: (request: FastifyRequest) => principalOf(request).tenantId,
    security: [{ operatorKey: [] }],
    config: { rateLimit },
  };
  musterRoutes(app, access);
  historyRoutes(app, access);
  occupancyRoutes(app, access);
  alarmRoutes(app, own);
  latestDenialRoutes(app, own);
  silentReaderRoutes(app, own);
  forgivePassbackRoutes(app, own);
}
