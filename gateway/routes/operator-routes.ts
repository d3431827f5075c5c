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
import { ProblemError } from '@swipegate/http/problem-details';
import { historyRoutes, musterRoutes, occupancyRoutes } from '@swipegate/movements/movement-routes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import type { LatestDenials as KeptDenials } from '../decisions/latest-denials.js';
import { parseJson } from '../intake/parse-body.js';
import type { Queries } from '../queries/queries.js';
import { alarmRoutes } from './alarms.js';
import { forgivePassbackRoutes } from './forgive-passback.js';
import { latestDenialRoutes } from './latest-denials.js';
import { limitByKey } from './post-items.js';
import { silentReaderRoutes } from './silent-readers.js';

export type RateLimit = ReturnType<typeof limitByKey>;

export interface OperatorRouteOptions {
  queries: Queries;
  latestDenials: KeptDenials;
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

/** Accepts one JSON document only; the readers' routes also accept arrays and NDJSON. */
function useJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: unknown, body: string) => {
    const { form, items } = parseJson(body);
    return form === 'single' ? items[0] : items;
  });
  app.addContentTypeParser('*', (_request, _payload, done) => done(noJson()));
  app.addHook('preValidation', (request, _reply, done) => {
    done(request.method === 'POST' && request.body === undefined ? noJson() : undefined);
  });
}

function noJson(): ProblemError {
  return new ProblemError('unsupported-media-type', 'Send a body with Content-Type application/json.', {
    headers: { 'accept-post': 'application/json' },
  });
}
