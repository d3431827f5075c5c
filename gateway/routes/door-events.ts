import { type DoorEvent, MAX_BATCH_ITEMS } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import { admit, awaitDurable, type ItemKind } from '../intake/intake.js';
import type { PostedBody } from '../intake/parse-body.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { allRejected, itemsOf, limitByKey, postedBody } from './post-items.js';

export interface DoorEventRouteOptions {
  sink: Sink;
  metrics: GatewayMetrics;
  items: ItemKind<DoorEvent>;
  ackTimeoutMs: number;
  rateLimitPerSecond: number;
}

/** POST /v1/door-events: forced, held, request to exit, tamper, heartbeat; as durable as swipes. */
export function doorEventRoutes(app: FastifyInstance, options: DoorEventRouteOptions): void {
  const { sink, metrics, items, ackTimeoutMs } = options;
  app.post<{ Body: PostedBody }>(
    '/v1/door-events',
    {
      config: { rateLimit: limitByKey(options.rateLimitPerSecond) },
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Post door events',
        description:
          'One event, an array, or NDJSON. The answer is sent once the events are durable, with per-item results.',
        tags: ['doors'],
        security: [{ readerKey: [] }],
        body: {
          content: {
            'application/json': {
              schema: {
                anyOf: [
                  { $ref: 'DoorEvent#' },
                  { type: 'array', maxItems: MAX_BATCH_ITEMS, items: { $ref: 'DoorEvent#' } },
                ],
              },
            },
            'application/x-ndjson': { schema: { type: 'string', description: 'One event per line' } },
          },
        },
        response: {
          207: { description: 'Every event not listed in `rejected` is durable', $ref: 'BatchResult#' },
          ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const body = itemsOf(postedBody(request.body));
      const admission = admit(items, body.items, principalOf(request), sink, Date.now());
      const { receivedAt, accepted, rejected } = await awaitDurable(admission, items.idMember, ackTimeoutMs);
      metrics.doorEventsAccepted.inc(accepted);
      for (const { code } of rejected) metrics.rejected.inc({ code });
      if (accepted === 0) throw allRejected(body.form, rejected);
      return reply.code(207).send({ receivedAt, accepted, rejected });
    },
  );
}
