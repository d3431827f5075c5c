/**
 * Best case of Fastify with the same requests: one route with the schema of the contract in Fastify's own validation,
 * the response schema of the gateway, and an immediate answer. No key check, no storage.
 */

import { BatchResult, Decision, ItemProblem, MAX_BATCH_ITEMS, Swipe, SwipeAccepted } from '@swipegate/contract';
import { serveChild } from '@swipegate/infra/local/processes/child-side';
import Fastify from 'fastify';

const app = Fastify({ bodyLimit: 262_144 });
for (const schema of [Swipe, SwipeAccepted, ItemProblem, Decision, BatchResult]) app.addSchema(schema);

if (process.argv[2] === 'batch') {
  app.post<{ Body: Swipe[] }>(
    '/v1/swipes',
    {
      schema: {
        body: { type: 'array', maxItems: MAX_BATCH_ITEMS, items: { $ref: 'Swipe#' } },
        response: { 207: { $ref: 'BatchResult#' } },
      },
    },
    async (request, reply) =>
      reply.code(207).send({ receivedAt: new Date().toISOString(), accepted: request.body.length, rejected: [] }),
  );
} else {
  app.post<{ Body: Swipe }>(
    '/v1/swipes',
    { schema: { body: { $ref: 'Swipe#' }, response: { 202: { $ref: 'SwipeAccepted#' } } } },
    async (request, reply) => {
      const { swipeId } = request.body;
      const decision = `/v1/swipes/${swipeId}/decision`;
      return reply
        .code(202)
        .header('location', decision)
        .send({ swipeId, receivedAt: new Date().toISOString(), decision });
    },
  );
}

const url = await app.listen({ host: '127.0.0.1', port: 0 });
serveChild({ ready: { url }, onStop: () => app.close() });
