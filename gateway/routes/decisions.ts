import { CardId, compile, type Decision, explain, SwipeId } from '@swipegate/contract';
import { cardIdSent } from '@swipegate/contract/cards/card-number';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, ProblemError, problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../auth/api-key-directory.js';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionLookup } from '../decisions/decision-table.js';

const Params = Type.Object({ swipeId: SwipeId });
const Query = Type.Object({
  cardId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Selects the card if the swipeId was used for several: the cardId, or the number as it was sent',
    }),
  ),
});

const isCardId = compile(CardId);

/** GET /v1/swipes/{swipeId}/decision: the stored decision, for a key that includes the swipe's reader. */
export function decisionRoutes(app: FastifyInstance, findDecisions: DecisionLookup): void {
  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
    '/v1/swipes/:swipeId/decision',
    {
      schema: {
        summary: 'Read the decision of a swipe',
        description:
          'Requires a key that includes the reader of the swipe. 404 until the swipe is decided. 409 if a reader of another ' +
          'key used the swipeId: your swipe will never get a decision of its own. A swipeId used for several cards names ' +
          'one swipe per card; without `cardId` you get the one decided first.',
        tags: ['decisions'],
        security: [{ readerKey: [] }],
        params: Params,
        querystring: Query,
        response: {
          200: { description: 'The decision', $ref: 'Decision#' },
          ...problemResponses(400, 401, 404, 409, 429, 503),
        },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { tenantId, readerIds } = principal;
      const { swipeId } = request.params;
      const { cardId } = request.query;
      if (cardId !== undefined && principal.cardNumbering === undefined && !isCardId(cardId)) {
        throw badParameter('cardId', explain(isCardId.errors).reason);
      }
      const found = await databaseAnswer(request, findDecisions(tenantId, swipeId));
      const decisions = found.filter((one) => cardId === undefined || isOf(one, cardId, principal));
      const [decision] = decisions
        .filter(({ readerId }) => readerIds.has(readerId))
        .sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
      // If another reader used this swipeId, answer 409 and reveal nothing else; a 404 would look like a slow decision.
      if (decision === undefined && decisions.length > 0) throw swipeIdReused(swipeId);
      if (decision === undefined) {
        const detail = `No reader of this key has an accepted swipe ${swipeId}, or it is not decided yet.`;
        throw new ProblemError('decision-not-found', `${detail} Try again after Retry-After.`, { retryAfter: 1 });
      }
      return decision;
    },
  );
}

/** @param card a cardId, or the number that the decision's reader sent */
function isOf({ cardId, readerId }: Decision, card: string, { cardNumbering }: Principal): boolean {
  if (cardId === card) return true;
  const format = cardNumbering?.formats.get(readerId);
  return format !== undefined && cardId === cardIdSent(card, format, cardNumbering?.numbers ?? 'full');
}

/** The stored decision belongs to another reader's swipe; returning it here could open the wrong door. */
export function swipeIdReused(swipeId: string): ProblemError {
  const reason = 'was already used at another reader';
  const detail = `The swipeId ${swipeId} ${reason}. Use a new swipeId for each swipe.`;
  return new ProblemError('swipe-id-reused', detail, { field: 'swipeId', reason });
}
