import { CardId, type Decision, SwipeId } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/documented-problems';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionLookup } from '../decisions/decision-table.js';
import { swipeIdReused } from './swipe-id-reused.js';

const Params = Type.Object({ swipeId: SwipeId });
const Query = Type.Object({
  cardId: Type.Optional({ ...CardId, description: 'Of which card, where one swipeId was used for several' }),
});

/** GET /v1/swipes/{swipeId}/decision: the stored decision, to the key of the reader it was made for. */
export function decisionRoutes(app: FastifyInstance, options: { findDecisions: DecisionLookup }): void {
  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
    '/v1/swipes/:swipeId/decision',
    {
      schema: {
        summary: 'Read the decision of a swipe',
        description:
          'To a key that speaks for the reader. 404 while there is none. 409 when the swipeId was used before, at a ' +
          'reader of another key: the decision of that swipe is all there will ever be. A swipeId used for several cards names ' +
          'a swipe of each: without `cardId` the one decided first is read.',
        tags: ['decisions'],
        security: [{ readerKey: [] }],
        params: Params,
        querystring: Query,
        response: {
          200: { description: 'The decision', $ref: 'Decision#' },
          ...problemResponses(400, 401, 404, 409, 503),
        },
      },
    },
    async (request) => {
      const { tenantId, readerIds } = principalOf(request);
      const { swipeId } = request.params;
      const { cardId } = request.query;
      let decisions: Decision[];
      try {
        decisions = (await options.findDecisions(tenantId, swipeId)).filter(
          (one) => cardId === undefined || one.cardId === cardId,
        );
      } catch (error) {
        request.log.warn({ err: error }, 'decision lookup failed');
        throw new ProblemError('lookup-unavailable', 'Ask again in a moment.', { retryAfter: 1 });
      }
      const own = decisions
        .filter(({ readerId }) => readerIds.has(readerId))
        .sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
      const [decision] = own;
      // Of another reader's swipe nothing is told but that it has the id; else its misuse would look like a slow decision.
      if (decision === undefined && decisions.length > 0) throw swipeIdReused(swipeId);
      if (decision === undefined) {
        throw new ProblemError(
          'decision-not-found',
          `The swipe ${swipeId} was not accepted from a reader of this key, or is not decided yet.`,
          { retryAfter: 1 },
        );
      }
      return decision;
    },
  );
}
