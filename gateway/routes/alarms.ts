import { type AlarmPage, DEFAULT_PAGE_ITEMS, keyInstant } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkHeader, linkNext, pageParameters, rangeOf, rangeParameters } from '@swipegate/http/list-parameters';
import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { RateLimit } from '../auth/rate-limit.js';
import type { AlarmLog } from '../queries/alarm-log.js';

const Query = Type.Object({ ...rangeParameters, ...pageParameters });

/** GET /v1/alarms: forced and held doors, tampering, duress. */
export function alarmRoutes(app: FastifyInstance, options: { alarms: AlarmLog; rateLimit: RateLimit }): void {
  app.get<{ Querystring: Type.Static<typeof Query> }>(
    '/v1/alarms',
    {
      config: { rateLimit: options.rateLimit },
      schema: {
        summary: 'Read the alarms',
        description:
          'Newest first by `occurredAt`. Default range: the last 24 hours. A page covers at most 31 days, so it may be ' +
          'short or empty and still have a `nextCursor`.',
        tags: ['operators'],
        security: [{ operatorKey: [] }],
        querystring: Query,
        response: {
          200: { description: 'A page', headers: linkHeader, $ref: 'AlarmPage#' },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    async (request, reply): Promise<AlarmPage> => {
      const { tenantId } = principalOf(request);
      const { limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const range = rangeOf(request.query);
      const pending = options.alarms(tenantId, { ...range, limit, cursor, nowMs: Date.now() });
      const { fromMs, toMs, ...page } = await databaseAnswer(request, pending);
      linkNext(request, reply, page.nextCursor);
      return { from: keyInstant(fromMs), to: keyInstant(toMs), ...page };
    },
  );
}
