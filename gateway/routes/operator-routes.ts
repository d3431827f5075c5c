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

export interface OperatorRouteOptions {
  queries: Queries;
  latestDenials: DenialStore;
  rateLimitPerSecond: number;
}

/** All routes for an operator's key. The caller adds authentication. */
export function operatorRoutes(
  app: FastifyInstance,
  { queries, latestDenials, rateLimitPerSecond }: OperatorRouteOptions,
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
  const options = { ...queries, latestDenials, rateLimit: limitByKey(rateLimitPerSecond) };
  const access = {
    ...queries,
    tenantOf: (request: FastifyRequest) => principalOf(request).tenantId,
    security: [{ operatorKey: [] }],
    config: { rateLimit: options.rateLimit },
  };
  musterRoutes(app, access);
  historyRoutes(app, access);
  occupancyRoutes(app, access);
  alarmRoutes(app, options);
  latestDenialRoutes(app, options);
  silentReaderRoutes(app, options);
  forgivePassbackRoutes(app, options);
}
