import { DEFAULT_PAGE_ITEMS, type SilentReaderPage } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkHeader, linkNext, pageParameters } from '@swipegate/http/list-parameters';
import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { RateLimit } from '../auth/rate-limit.js';
import type { SilentReaders } from '../queries/silent-readers.js';

const DEFAULT_MINUTES = 15;

const Query = Type.Object({
  minutes: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 525_600,
      default: DEFAULT_MINUTES,
      description: 'Silent for at least this long',
    }),
  ),
  ...pageParameters,
});

/** GET /v1/readers/silent: readers that may be broken or disconnected. */
export function silentReaderRoutes(
  app: FastifyInstance,
  options: { silentReaders: SilentReaders; rateLimit: RateLimit },
): void {
  app.get<{ Querystring: Type.Static<typeof Query> }>(
    '/v1/readers/silent',
    {
      config: { rateLimit: options.rateLimit },
      schema: {
        summary: 'Read the silent readers',
        description:
          'Readers of the site without a processed swipe or door event (heartbeats included) for at least `minutes`, ' +
          'sorted by readerId. `heardAt` is accurate to 10 s.',
        tags: ['operators'],
        security: [{ operatorKey: [] }],
        querystring: Query,
        response: {
          200: { description: 'A page', headers: linkHeader, $ref: 'SilentReaderPage#' },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    async (request, reply): Promise<SilentReaderPage> => {
      const { tenantId } = principalOf(request);
      const { minutes = DEFAULT_MINUTES, limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const nowMs = Date.now();
      const pending = options.silentReaders(tenantId, { minutes, limit, cursor, nowMs });
      const page = await databaseAnswer(request, pending);
      linkNext(request, reply, page.nextCursor);
      return { asOf: new Date(nowMs).toISOString(), minutes, ...page };
    },
  );
}
