import { CardId, type ForgivePassback, type PassbackForgiven } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses } from '@swipegate/http/documented-problems';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { ForgivePassbackWrite } from '../queries/passback-forgiveness.js';
import type { RateLimit } from './operator-routes.js';

const Params = Type.Object({ cardId: CardId });

/** POST /v1/cards/{cardId}/forgive-passback: lets somebody in who left without a swipe. */
export function forgivePassbackRoutes(
  app: FastifyInstance,
  options: { forgivePassback: ForgivePassbackWrite; rateLimit: RateLimit },
): void {
  app.post<{ Params: Type.Static<typeof Params>; Body: ForgivePassback }>(
    '/v1/cards/:cardId/forgive-passback',
    {
      config: { rateLimit: options.rateLimit },
      schema: {
        summary: 'Forgive a card’s entry',
        description:
          'For somebody who left without a swipe: their entries so far do not count for anti-passback any more, also ' +
          'not for a swipe that is being decided just now. Where they are, as a muster tells it, stays as it was.',
        tags: ['operators'],
        security: [{ operatorKey: [] }],
        params: Params,
        body: { $ref: 'ForgivePassback#' },
        response: {
          200: { description: 'Forgiven', $ref: 'PassbackForgiven#' },
          ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503),
        },
      },
    },
    async (request): Promise<PassbackForgiven> => {
      const { tenantId, keyId } = principalOf(request);
      const { cardId } = request.params;
      const { reason } = request.body;
      const asked = options.forgivePassback(tenantId, { cardId, keyId, nowMs: Date.now() });
      const forgivenAt = await databaseAnswer(request, asked);
      if (forgivenAt === undefined) {
        throw new ProblemError('not-found', `The card ${cardId} has never been shown: there is nothing to forgive.`, {
          field: 'cardId',
          reason: 'has never been shown',
        });
      }
      request.log.info({ tenantId, keyId, cardId, forgivenAt, reason }, 'anti-passback forgiven');
      return { cardId, forgivenAt };
    },
  );
}
