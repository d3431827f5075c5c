import { CardId, type ForgivePassback, type PassbackForgiven } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { ProblemError, problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { RateLimit } from '../auth/rate-limit.js';
import type { ForgivePassbackWrite } from '../queries/passback-forgiveness.js';

const Params = Type.Object({ cardId: CardId });

/** POST /v1/cards/{cardId}/forgive-passback: lets a cardholder in again who left without a swipe. */
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
          'For a cardholder who left without a swipe: anti-passback ignores their entries up to now, even for a swipe ' +
          'that is being decided at this moment. The muster list does not change.',
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
      const pending = options.forgivePassback(tenantId, { cardId, keyId, nowMs: Date.now() });
      const forgivenAt = await databaseAnswer(request, pending);
      if (forgivenAt === undefined) {
        throw new ProblemError(
          'not-found',
          `The card ${cardId} has never been presented, so there is nothing to forgive.`,
          { field: 'cardId', reason: 'has never been presented' },
        );
      }
      request.log.info({ tenantId, keyId, cardId, forgivenAt, reason }, 'anti-passback forgiven');
      return { cardId, forgivenAt };
    },
  );
}
