import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import { admit, awaitDurable } from '../intake/intake.js';
import { DOOR_EVENT_ITEMS } from '../intake/item-kinds.js';
import { type PostedBody, parseBody, postedBody, postedItems } from '../intake/parse-body.js';
import { allRejected } from '../intake/rejection.js';
import type { SwipeRouteOptions } from './swipes.js';

/** POST /v1/door-events: forced, held, request to exit, tamper, heartbeat; as durable as swipes. */
export function doorEventRoutes(app: FastifyInstance, options: Omit<SwipeRouteOptions, 'hub' | 'maxWaitMs'>): void {
  const { sink, metrics, ackTimeoutMs } = options;
  app.post<{ Body: PostedBody }>(
    '/v1/door-events',
    {
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Post door events',
        description:
          'One event, an array, or NDJSON. The answer is sent once the events are durable, with per-item results.',
        tags: ['doors'],
        security: [{ readerKey: [] }],
        body: postedItems({ $ref: 'DoorEvent#' }, 'event'),
        response: {
          207: { description: 'Every event not listed in `rejected` is durable', $ref: 'BatchResult#' },
          ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const body = parseBody(postedBody(request.body));
      const admission = admit(DOOR_EVENT_ITEMS, body.items, principalOf(request), sink, Date.now());
      const { receivedAt, accepted, rejected } = await awaitDurable(admission, DOOR_EVENT_ITEMS.idMember, ackTimeoutMs);
      metrics.countItems(DOOR_EVENT_ITEMS.idMember, accepted, rejected);
      if (accepted === 0) throw allRejected(body.form, rejected);
      return reply.code(207).send({ receivedAt, accepted, rejected });
    },
  );
}
