import { MOST_LATEST_DENIALS } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { RateLimit } from '../auth/rate-limit.js';
import type { LatestDenials } from '../decisions/latest-denials.js';

const DEFAULT_LIMIT = 20;

const Query = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_LATEST_DENIALS, default: DEFAULT_LIMIT })),
});

/** GET /v1/denials: the latest denials, with reasons. */
export function latestDenialRoutes(
  app: FastifyInstance,
  options: { latestDenials: LatestDenials; rateLimit: RateLimit },
): void {
  app.get<{ Querystring: Type.Static<typeof Query> }>(
    '/v1/denials',
    {
      config: { rateLimit: options.rateLimit },
      schema: {
        summary: 'Read the latest denials',
        description:
          `Newest first, at most ${MOST_LATEST_DENIALS}, since this gateway started. The events of a card, an employee or a ` +
          'reader reach further back.',
        tags: ['operators'],
        security: [{ operatorKey: [] }],
        querystring: Query,
        response: { 200: { description: 'Denials', $ref: 'LatestDenials#' }, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => {
      const { tenantId } = principalOf(request);
      const { limit = DEFAULT_LIMIT } = request.query;
      return { asOf: new Date().toISOString(), items: options.latestDenials.of(tenantId, limit) };
    },
  );
}
